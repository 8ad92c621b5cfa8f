using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Ordered points with a start table: entry b holds the index of the first point whose high bits are at least b. The number of
/// entries is the greatest power of two that is no more than the number of points, so a bucket holds one to two points on average.
/// </summary>
internal sealed class RingIndex
{
    /// <summary>How many points a lookup counts without a branch; also the number of sentinels that may be read past the end.</summary>
    private const int Unrolled = 3;

    private readonly RingPoint[] _points;
    private readonly int[] _starts;
    private readonly int _shift;

    /// <param name="points">The points in order, in an array of <see cref="Allocate"/>; from here on the index's own.</param>
    public RingIndex(RingPoint[] points)
    {
        _points = points;
        Count = points.Length - Unrolled;

        // Sentinels own the arc behind the last point, which wraps to the first; no hash is above their position.
        points.AsSpan(Count).Fill(new RingPoint(ulong.MaxValue, Count == 0 ? 0 : points[0].Owner));

        int bits = BitOperations.Log2((uint)Math.Max(2, Count));
        _shift = 64 - bits;
        _starts = GC.AllocateUninitializedArray<int>(1 << bits);
        int bucket = 0;
        for (int i = 0; i < Count; i++)
        {
            // The first point of a bucket is the start of that one and of the empty ones before it.
            for (int own = (int)(points[i].Position >> _shift); bucket <= own; bucket++)
            {
                _starts[bucket] = i;
            }
        }

        _starts.AsSpan(bucket).Fill(Count);
    }

    /// <summary>Makes an index over a copy of points in order.</summary>
    public static RingIndex Of(List<RingPoint> ordered)
    {
        RingPoint[] points = Allocate(ordered.Count);
        ordered.CopyTo(points);
        return new RingIndex(points);
    }

    public int Count { get; }

    /// <summary>Gets the points in order, with the sentinels behind them.</summary>
    public ReadOnlySpan<RingPoint> Points => _points;

    /// <summary>Makes an array for so many points, with room behind them that the index needs. Its content is undefined.</summary>
    public static RingPoint[] Allocate(int count) => GC.AllocateUninitializedArray<RingPoint>(count + Unrolled);

    /// <summary>Refuses rings that would not fit, before a point is made. The count comes in floating point, for weights are unbounded.</summary>
    /// <exception cref="ArgumentException">There would be too many points.</exception>
    public static void CheckCount(double count, string argument)
    {
        const int MaxCount = 1 << 27;
        if (count > MaxCount)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The weights ask for {count:F0} points; a ring has at most {MaxCount}. Use smaller weights or fewer virtual nodes."),
                argument);
        }
    }

    /// <summary>The index of the first point at or after a hash; that of a sentinel when the hash is past the last point.</summary>
    public int Successor(ulong keyHash)
    {
        RingPoint[] points = _points;
        int start = _starts[(int)(keyHash >> _shift)];
        ReadOnlySpan<RingPoint> bucket = points.AsSpan(start, Unrolled);

        // The points are ordered, so counting those below the hash gives the offset of the first that is not. Counting a fixed
        // few has no branch to mispredict; the loop goes on only where a bucket is unusually full.
        int below = Below(bucket[0]) + Below(bucket[1]) + Below(bucket[2]);
        int index = start + below;
        if (below == Unrolled)
        {
            while (points[index].Position < keyHash)
            {
                index++;
            }
        }

        Debug.Assert(points[index].Position >= keyHash, "The point is at or after the hash.");
        Debug.Assert(index == 0 || points[index - 1].Position < keyHash, "The point before it is below the hash.");
        return index;

        int Below(in RingPoint point) => point.Position < keyHash ? 1 : 0;
    }

    /// <summary>The index of the first point at or after <paramref name="index"/> that lies past a position.</summary>
    public int Skip(int index, ulong position)
    {
        while (index < Count && _points[index].Position <= position)
        {
            index++;
        }

        return index;
    }

    public double[] ComputeOwnership(int nodes)
    {
        // Summed exactly in 128 bits: a share of 2^64 does not fit in 64, and doubles would lose small arcs.
        var arcs = new UInt128[nodes];
        UInt128 start = 0;
        for (int i = 0; i < Count; i++)
        {
            UInt128 end = (UInt128)_points[i].Position + 1;
            arcs[_points[i].Owner] += end - start;
            start = end;
        }

        if (Count > 0)
        {
            arcs[_points[0].Owner] += (UInt128.One << 64) - start;
        }

        return Array.ConvertAll(arcs, static arc => (double)arc / RingPoint.SpaceSize);
    }
}
