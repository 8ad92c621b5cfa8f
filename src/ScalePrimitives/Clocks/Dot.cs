using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>
/// The name of one event: the <paramref name="Counter"/>-th of <paramref name="Actor"/>. The <c>default</c> value names no event.
/// Immutable, and so safe to share between threads.
/// </summary>
/// <param name="Actor">Who made the event: one incarnation of a replica. Any 64-bit value.</param>
/// <param name="Counter">Which of the actor's events it is: 1 for the first. 0 names no event.</param>
/// <remarks>Source: Preguiça et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010.</remarks>
[StructLayout(LayoutKind.Auto)]
[JsonConverter(typeof(ClockJsonConverter<Dot>))]
public readonly record struct Dot(ulong Actor, ulong Counter) : ISpanFormattable, ISpanParsable<Dot>, IUtf8SpanParsable<Dot>
{
    /// <summary>Returns the dot as in the text of a <see cref="VectorClock"/>: the actor in 16 hexadecimal digits, a colon, the counter in decimal.</summary>
    /// <returns>For instance <c>000000070000002a:3</c>. The same in every culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Actor:x16}:{Counter}");

    /// <inheritdoc cref="ToString()"/>
    /// <param name="format">Ignored: there is one form.</param>
    /// <param name="formatProvider">Ignored.</param>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text form (<see cref="ToString()"/>), of at most 37 characters.</summary>
    /// <param name="destination">Where to write.</param>
    /// <param name="charsWritten">How many characters were written.</param>
    /// <param name="format">Ignored: there is one form.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns><see langword="false"/> when the destination is too short.</returns>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"{Actor:x16}:{Counter}", out charsWritten);

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it.</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns>The dot, which names an event.</returns>
    /// <exception cref="FormatException">The text is no such dot.</exception>
    public static Dot Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static Dot Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => TryParse(s, provider, out Dot dot) ? dot : throw NoDot();

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    public static Dot Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => TryParse(utf8Text, provider, out Dot dot) ? dot : throw NoDot();

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it. Never throws.</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The dot, which names an event.</param>
    /// <returns><see langword="false"/> when the text is no such dot, or <see langword="null"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Dot result) => TryRead(s.AsSpan(), out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out Dot)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Dot result) => TryRead(s, out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out Dot)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The dot, which names an event.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out Dot result) => TryRead(utf8Text, out result);

    private static bool TryRead<TChar>(ReadOnlySpan<TChar> text, out Dot dot)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        var cursor = new AsciiCursor<TChar>(text);
        bool read = cursor.TryTakeHex(out ulong actor) & cursor.TryTake(":") & cursor.TryTakePositive(out ulong counter) & cursor.AtEnd;
        dot = read ? new Dot(actor, counter) : default;
        return read;
    }

    private static FormatException NoDot() => new("The text is no dot: an actor of 16 lowercase hexadecimal digits, a colon and a counter from 1.");
}
