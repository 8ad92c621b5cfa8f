using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

// The binary form, one for each clock:
//
//   header   LEB128 of 8 * Count + (width - 1); width is what the widest gap needs, 1 to 8 bytes, and 1 for the empty clock
//   entries  in ascending order of actors: the gap to the actor before (the first: to 0), `width` bytes, lowest first,
//            then the counter, LEB128
//
// Gaps, because actor ids of one system lie close together (replica in the high bits, epoch in the low ones); a common width,
// because random ids need eight bytes each and LEB128 would take nine or ten. There is no version byte: a header above
// 8 * MaxCount + 7 is refused, and so is free to introduce another form.
public sealed partial class VectorClock
{
    /// <summary>Computes the length of the binary form. O(n), allocates nothing.</summary>
    /// <returns>In bytes: at most 3 for the clock and 18 for each entry; with random 64-bit actors and counters below 128, 9 an entry.</returns>
    public int GetEncodedLength() => GetEncodedLength(GetGapWidth());

    /// <summary>Writes the binary form: compact, canonical (equal clocks have equal bytes) and the same on every machine. O(n), allocates nothing.</summary>
    /// <param name="destination">Where to write; must have room for <see cref="GetEncodedLength()"/> bytes.</param>
    /// <param name="written">How many bytes were written; 0 when there was not room for all.</param>
    /// <returns><see langword="false"/> when the destination is too short; then nothing was written.</returns>
    public bool TryWrite(Span<byte> destination, out int written)
    {
        int width = GetGapWidth();
        written = 0;
        if (destination.Length < GetEncodedLength(width))
        {
            return false;
        }

        written = Varint.Write(destination, Header(Count, width));
        ulong previous = 0;
        for (int i = 0; i < _actors.Length; i++)
        {
            ulong gap = _actors[i] - previous;
            previous = _actors[i];
            for (int shift = 0; shift < 8 * width; shift += 8)
            {
                destination[written++] = (byte)(gap >> shift);
            }

            written += Varint.Write(destination[written..], _counters[i]);
        }

        return true;
    }

    /// <summary>Reads the binary form of a clock from the start of <paramref name="source"/>; what follows it is left alone.</summary>
    /// <remarks>
    /// Strict: only what <see cref="TryWrite"/> writes is read. Refused are truncated input, actors out of order or repeated,
    /// counters of zero, numbers wider than need be or beyond 64 bits, and more than <see cref="MaxCount"/> entries. Never
    /// throws, and allocates in proportion to the bytes that are there, whatever they claim. O(n).
    /// </remarks>
    /// <param name="source">The bytes.</param>
    /// <param name="clock">The clock read.</param>
    /// <param name="read">How many bytes the clock took; 0 when refused.</param>
    /// <returns><see langword="false"/> when the bytes are not a clock.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out VectorClock? clock, out int read)
    {
        clock = null;
        read = 0;
        if (!Varint.TryRead(source, out ulong header, out int at) || header > Header(MaxCount, sizeof(ulong)))
        {
            return false;
        }

        int count = (int)(header >> 3);
        int width = (int)(header & 7) + 1;
        if (source.Length - at < count * (width + 1))
        {
            return false; // before anything is allocated: the shortest counter takes one byte
        }

        var actors = new ulong[count];
        var counters = new ulong[count];
        if (!TryReadEntries(source, ref at, width, actors, counters))
        {
            return false;
        }

        clock = count == 0 ? Empty : new VectorClock(actors, counters);
        read = at;
        return true;
    }

    private static bool TryReadEntries(ReadOnlySpan<byte> source, ref int at, int width, Span<ulong> actors, Span<ulong> counters)
    {
        ulong previous = 0;
        ulong widest = 0;
        for (int i = 0; i < actors.Length; i++)
        {
            if (source.Length - at < width)
            {
                return false;
            }

            ulong gap = 0;
            for (int shift = 0; shift < 8 * width; shift += 8)
            {
                gap |= (ulong)source[at++] << shift;
            }

            bool ascends = i == 0 || (gap != 0 && gap <= ulong.MaxValue - previous);
            if (!ascends || !Varint.TryRead(source[at..], out counters[i], out int length) || counters[i] == 0)
            {
                return false;
            }

            at += length;
            actors[i] = previous += gap;
            widest = Math.Max(widest, gap);
        }

        return width == WidthOf(widest); // a wider gap than need be would give the clock a second encoding
    }

    private int GetGapWidth()
    {
        ulong previous = 0;
        ulong widest = 0;
        foreach (ulong actor in _actors)
        {
            widest = Math.Max(widest, actor - previous);
            previous = actor;
        }

        return WidthOf(widest);
    }

    private int GetEncodedLength(int width)
    {
        int length = Varint.GetLength(Header(Count, width)) + (Count * width);
        foreach (ulong counter in _counters)
        {
            length += Varint.GetLength(counter);
        }

        return length;
    }

    private static ulong Header(int count, int width) => (8 * (ulong)count) + (ulong)(width - 1);

    private static int WidthOf(ulong gap) => (71 - BitOperations.LeadingZeroCount(gap | 1)) / 8;
}
