using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace ScalePrimitives.Clocks;

// The text form, one for each clock: {0000000100000007:3, 0000000200000001:12}. Actors have all their 16 hexadecimal digits, so
// that they sort as text, line up in a log and show their halves; counters are decimal. No culture and no format changes it.
public sealed partial class VectorClock
{
    private const int HexDigits = 16;
    private const string Separator = ", ";
    private const int ShortestEntry = HexDigits + 2 + 2; // a colon, one digit, and a separator (or, once for all, the braces)

    /// <summary>Returns the text form: <c>{}</c>, or for instance <c>{0000000100000007:3, 0000000200000001:12}</c>. Canonical, and the same in every culture.</summary>
    /// <returns>Each actor in 16 lowercase hexadecimal digits and its counter in decimal, in ascending order of actors. O(n).</returns>
    public override string ToString() => string.Create(GetTextLength(), this, static (text, clock) => clock.FormatTo(text));

    /// <inheritdoc cref="ToString()"/>
    /// <param name="format">Only <see langword="null"/>, empty or <c>G</c>: there is one form.</param>
    /// <param name="formatProvider">Ignored.</param>
    /// <exception cref="FormatException">The format is another.</exception>
    public string ToString(string? format, IFormatProvider? formatProvider)
    {
        ThrowIfUnknown(format);
        return ToString();
    }

    /// <summary>Writes the text form (<see cref="ToString()"/>). O(n), allocates nothing.</summary>
    /// <param name="destination">Where to write.</param>
    /// <param name="charsWritten">How many characters were written; 0 when there was not room for all.</param>
    /// <param name="format">Only empty or <c>G</c>: there is one form.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns><see langword="false"/> when the destination is too short; then nothing was written.</returns>
    /// <exception cref="FormatException">The format is another.</exception>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormatTo(destination, out charsWritten, format);

    /// <summary>Writes the text form (<see cref="ToString()"/>) in UTF-8. O(n), allocates nothing.</summary>
    /// <param name="utf8Destination">Where to write.</param>
    /// <param name="bytesWritten">How many bytes were written; 0 when there was not room for all.</param>
    /// <param name="format">Only empty or <c>G</c>: there is one form.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns><see langword="false"/> when the destination is too short; then nothing was written.</returns>
    /// <exception cref="FormatException">The format is another.</exception>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormatTo(utf8Destination, out bytesWritten, format);

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it. O(n).</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns>The clock.</returns>
    /// <exception cref="FormatException">The text is not a clock; the message says what was expected and where.</exception>
    public static VectorClock Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static VectorClock Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => ParseOrThrow(s);

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    public static VectorClock Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => ParseOrThrow(utf8Text);

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it. O(n); never throws.</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The clock.</param>
    /// <returns><see langword="false"/> when the text is not a clock, or <see langword="null"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [NotNullWhen(true)] out VectorClock? result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out VectorClock?)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, [NotNullWhen(true)] out VectorClock? result) =>
        (result = Read(s, out _, out _)) is not null;

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out VectorClock?)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The clock.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, [NotNullWhen(true)] out VectorClock? result) =>
        (result = Read(utf8Text, out _, out _)) is not null;

    private bool TryFormatTo<TChar>(Span<TChar> destination, out int written, ReadOnlySpan<char> format)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        ThrowIfUnknown(format);
        int length = GetTextLength();
        if (destination.Length < length)
        {
            written = 0;
            return false;
        }

        FormatTo(destination);
        written = length;
        return true;
    }

    /// <summary>Writes from the end, as decimal digits come out last first.</summary>
    private void FormatTo<TChar>(Span<TChar> destination)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        int at = GetTextLength();
        destination[--at] = TChar.CreateTruncating('}');
        for (int i = Count - 1; i >= 0; i--)
        {
            ulong counter = _counters[i];
            do
            {
                (counter, ulong digit) = Math.DivRem(counter, 10);
                destination[--at] = TChar.CreateTruncating('0' + (uint)digit);
            }
            while (counter != 0);

            destination[--at] = TChar.CreateTruncating(':');
            for (int shift = 0; shift < 64; shift += 4)
            {
                destination[--at] = TChar.CreateTruncating("0123456789abcdef"[(int)(_actors[i] >> shift) & 0xF]);
            }

            for (int c = Separator.Length - 1; c >= 0 && i > 0; c--)
            {
                destination[--at] = TChar.CreateTruncating(Separator[c]);
            }
        }

        destination[--at] = TChar.CreateTruncating('{');
    }

    private int GetTextLength()
    {
        int length = 2 + (Math.Max(0, Count - 1) * Separator.Length);
        foreach (ulong counter in _counters)
        {
            length += HexDigits + 1 + CountDigits(counter);
        }

        return length;
    }

    private static int CountDigits(ulong value)
    {
        int digits = 1;
        for (; value >= 10; value /= 10)
        {
            digits++;
        }

        return digits;
    }

    private static VectorClock ParseOrThrow<TChar>(ReadOnlySpan<TChar> text)
        where TChar : unmanaged, IBinaryInteger<TChar> =>
        Read(text, out int position, out string? expected)
            ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The text is not a vector clock: at position {position}, expected {expected}."));

    /// <summary>Returns null, and what was expected where, when the text is not a clock.</summary>
    private static VectorClock? Read<TChar>(ReadOnlySpan<TChar> text, out int position, out string? expected)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        var cursor = new AsciiCursor<TChar>(text);
        VectorClock? clock = null;
        if (cursor.TryTake("{}"))
        {
            (clock, expected) = (Empty, null);
        }
        else if (!cursor.TryTake("{"))
        {
            expected = "'{'";
        }
        else
        {
            // As many as there can be, also when the closing brace is missing.
            int capacity = Math.Min((text.Length + 1) / ShortestEntry, MaxCount);
            var actors = new ulong[capacity];
            var counters = new ulong[capacity];
            expected = ReadEntries(ref cursor, actors, counters, out int count);
            if (expected is null)
            {
                Array.Resize(ref actors, count);
                Array.Resize(ref counters, count);
                clock = new VectorClock(actors, counters);
            }
        }

        position = cursor.Position;
        if (clock is not null && !cursor.AtEnd)
        {
            (clock, expected) = (null, "the end");
        }

        return clock;
    }

    /// <summary>Reads up to and with the closing brace; returns what was expected at the cursor, null when all was well.</summary>
    private static string? ReadEntries<TChar>(ref AsciiCursor<TChar> cursor, Span<ulong> actors, Span<ulong> counters, out int count)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        count = 0;
        do
        {
            if (count == MaxCount)
            {
                return "at most 65536 entries";
            }

            AsciiCursor<TChar> start = cursor;
            if (!cursor.TryTakeHex(out ulong actor))
            {
                return "an actor of 16 lowercase hexadecimal digits";
            }

            if (count > 0 && actor <= actors[count - 1])
            {
                cursor = start;
                return "an actor above the one before";
            }

            if (!cursor.TryTake(":"))
            {
                return "':'";
            }

            if (!cursor.TryTakePositive(out ulong counter))
            {
                return "a counter from 1 to 18446744073709551615 without leading zeros";
            }

            (actors[count], counters[count]) = (actor, counter);
            count++;
        }
        while (cursor.TryTake(Separator));

        return cursor.TryTake("}") ? null : "', ' or '}'";
    }

    private static void ThrowIfUnknown(ReadOnlySpan<char> format)
    {
        if (format is not ("" or "G" or "g"))
        {
            throw new FormatException($"The format '{format}' is not known; a vector clock has one form, \"G\".");
        }
    }
}
