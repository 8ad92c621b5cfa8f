using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScalePrimitives.Hashing;

/// <summary>
/// When each node arrives at each slot. A node visits the slots in its own order, and at rank r of Q it arrives at time
/// −ln(1 − (r + ½)/Q) / weight: to a slot, the arrival of each node looks exponentially distributed with the weight as its rate,
/// so each node is first with a probability proportional to its weight.
/// </summary>
/// <remarks>
/// The weight only divides, so one table of Q unweighted times serves all nodes, and it is shared by all races that grow out
/// of one another. Weights are taken relative to the power of two next to the greatest, and so are times: only their order matters. Immutable.
/// </remarks>
internal sealed class SlotRace
{
    private const int Lanes = SlotRanks.Lanes;

    private readonly double[] _times;
    private readonly double[] _weights; // as they were given
    private readonly double[] _scaled;
    private readonly int _exponent;
    private readonly ulong[] _seeds;
    private readonly float[] _slowness;
    private readonly SlotRanks _ranks;
    private readonly double _maxWeight;
    private readonly float _rankScale;

    public SlotRace(int bits, ulong[] seeds, double[] weights)
        : this(bits, seeds, weights, ComputeTimes(bits), new SlotRanks(bits, seeds.Length))
    {
        for (int node = 0; node < Count; node++)
        {
            _ranks.Set(node, OrderOf(node));
        }
    }

    private SlotRace(int bits, ulong[] seeds, double[] weights, double[] times, SlotRanks ranks)
    {
        Bits = bits;
        _seeds = seeds;
        _weights = weights;
        _times = times;
        _ranks = ranks;
        _rankScale = 1f / SlotCount;
        _scaled = NodeSet.ScaleWeights(weights, out _exponent);
        _maxWeight = weights.Length == 0 ? 1 : _scaled.Max();

        // Relative to the heaviest node, so that any weights fit into floats; capped, which only loosens the bounds.
        const float Cap = 1e30f;
        _slowness = new float[SlotRanks.Padded(weights.Length)];
        for (int node = 0; node < weights.Length; node++)
        {
            _slowness[node] = (float)Math.Min(Cap, _maxWeight / _scaled[node]);
        }
    }

    public int Bits { get; }

    public int SlotCount => 1 << Bits;

    public int Count => _seeds.Length;

    /// <summary>Gets the sum of the weights, in the units of this race.</summary>
    public double TotalWeight => _scaled.Sum();

    /// <summary>A time of another race in the units of this one.</summary>
    public double Convert(double time, SlotRace from) => Math.ScaleB(time, _exponent - from._exponent);

    public SlotRace Add(int index, ulong seed, double weight)
    {
        var ranks = new SlotRanks(Bits, Count + 1);
        for (int node = 0; node < Count; node++)
        {
            ranks.Copy(node < index ? node : node + 1, _ranks, node);
        }

        var race = new SlotRace(
            Bits,
            [.. _seeds.AsSpan(0, index), seed, .. _seeds.AsSpan(index)],
            [.. _weights.AsSpan(0, index), weight, .. _weights.AsSpan(index)],
            _times,
            ranks);
        ranks.Set(index, race.OrderOf(index));
        return race;
    }

    public SlotRace Remove(int index)
    {
        var ranks = new SlotRanks(Bits, Count - 1);
        for (int node = 0; node < Count - 1; node++)
        {
            ranks.Copy(node, _ranks, node < index ? node : node + 1);
        }

        return new SlotRace(
            Bits,
            [.. _seeds.AsSpan(0, index), .. _seeds.AsSpan(index + 1)],
            [.. _weights.AsSpan(0, index), .. _weights.AsSpan(index + 1)],
            _times,
            ranks);
    }

    /// <summary>The order in which a node visits the slots.</summary>
    public SlotPermutation OrderOf(int node) => new(_seeds[node], Bits);

    /// <summary>When a node arrives at the slot it visits at a rank. Grows strictly with the rank.</summary>
    public double TimeAt(int node, int rank) => _times[rank] / _scaled[node];

    /// <summary>When a node arrives at a slot.</summary>
    public Arrival ArrivalOf(int node, int slot) => ArrivalAt(node, _ranks.Of(node, slot));

    /// <summary>The arrivals of all nodes at a slot.</summary>
    public readonly struct AtSlot(SlotRace race, int slot) : ArrivalWalk.ISource
    {
        [SkipLocalsInit]
        public void OfferAll<TFilter>(scoped TFilter filter, ref FirstArrivals first)
            where TFilter : struct, ArrivalWalk.IFilter, allows ref struct
        {
            Span<uint> ranks = stackalloc uint[Lanes];
            float limit = race.LimitFor(first.LastTime);
            for (int block = 0; block < race.Count; block += Lanes)
            {
                Vector256<uint> rank = race._ranks.At(slot, block);
                uint candidates = Vector256.LessThanOrEqual(race.BoundsAt(rank, block), Vector256.Create(limit)).ExtractMostSignificantBits();
                if (candidates == 0)
                {
                    continue;
                }

                rank.CopyTo(ranks);
                for (; candidates != 0; candidates &= candidates - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(candidates);
                    int node = block + lane;
                    if (node < race.Count && race.ArrivalAt(node, (int)ranks[lane]) is var arrival && first.Admits(arrival) && filter.LetsThrough(node))
                    {
                        first.Add(arrival);
                        limit = race.LimitFor(first.LastTime);
                    }
                }
            }
        }
    }

    /// <summary>Fills the free places of a slot with the earliest of the nodes that are not there yet.</summary>
    /// <remarks>Those that are there must be before all others.</remarks>
    [SkipLocalsInit]
    public void Fill(int slot, ref SlotArrivals arrivals)
    {
        Span<uint> ranks = stackalloc uint[Lanes];
        Span<float> bounds = stackalloc float[Lanes];
        float limit = float.PositiveInfinity;
        for (int block = 0; block < Count; block += Lanes)
        {
            Vector256<uint> rank = _ranks.At(slot, block);
            Vector256<float> bound = BoundsAt(rank, block);
            uint candidates = Vector256.LessThanOrEqual(bound, Vector256.Create(limit)).ExtractMostSignificantBits();
            if (candidates == 0)
            {
                continue;
            }

            rank.CopyTo(ranks);
            bound.CopyTo(bounds);
            for (; candidates != 0; candidates &= candidates - 1)
            {
                int lane = BitOperations.TrailingZeroCount(candidates);
                int node = block + lane;
                if (bounds[lane] <= limit && node < Count && !arrivals.Contains(node)
                    && arrivals.Offer(ArrivalAt(node, (int)ranks[lane])))
                {
                    limit = LimitFor(arrivals.LastTime);
                }
            }
        }
    }

    private Arrival ArrivalAt(int node, int rank) => new(TimeAt(node, rank), node);

    private static double[] ComputeTimes(int bits)
    {
        // 1 − (rank + ½)/Q = (2(Q − rank) − 1) / 2Q, exact in a double because Q is a power of two of at most 24 bits.
        int count = 1 << bits;
        double[] times = new double[count];
        for (int rank = 0; rank < count; rank++)
        {
            times[rank] = PortableLog.Minus(((2.0 * (count - rank)) - 1) / (2.0 * count));
        }

        return times;
    }

    /// <summary>Lower bounds, but for rounding, of the times at which eight nodes arrive, as multiples of 1 / the greatest weight.</summary>
    private Vector256<float> BoundsAt(Vector256<uint> ranks, int firstNode)
    {
        // −ln(1 − u) ≥ 2u / (2 − u): the first term of the series of 2 artanh(u / (2 − u)), all of whose terms are positive.
        Vector256<float> u = (Vector256.ConvertToSingle(ranks.AsInt32()) + Vector256.Create(0.5f)) * _rankScale;
        return (u + u) / (Vector256.Create(2f) - u) * Vector256.Create(_slowness, firstNode);
    }

    /// <summary>What a bound must not exceed if the exact time may still be as early: with room for the roundings of both.</summary>
    private float LimitFor(double time)
    {
        const double Room = 1 + (1.0 / 65_536); // the bounds are wrong by less than eight roundings of 2^-24 each
        Debug.Assert(!double.IsNaN(time), "Times are numbers.");
        return (float)(time * _maxWeight * Room);
    }
}
