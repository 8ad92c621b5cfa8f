using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ScalePrimitives.Clocks;

// The text form, one for each stamp: the time as in ISO 8601, to the millisecond, an underscore, and the logical counter in five digits.
public readonly partial record struct HybridTimestamp : ISpanFormattable, IUtf8SpanFormattable, ISpanParsable<HybridTimestamp>, IUtf8SpanParsable<HybridTimestamp>
{
    private const int TextLength = 30;
    private const int TimeLength = 24;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Returns the text form, for instance <c>2026-11-23T08:15:00.250Z_00003</c>: 30 characters that sort as the stamps do, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}_{Logical:D5}");

    /// <inheritdoc cref="ToString()"/>
    /// <param name="format">Ignored: there is one form.</param>
    /// <param name="formatProvider">Ignored.</param>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text form (<see cref="ToString()"/>). Allocates nothing.</summary>
    /// <param name="destination">Where to write: 30 characters.</param>
    /// <param name="charsWritten">How many characters were written.</param>
    /// <param name="format">Ignored: there is one form.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns><see langword="false"/> when the destination is too short.</returns>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        charsWritten = 0;
        if (destination.Length < TextLength)
        {
            return false;
        }

        Time.UtcDateTime.TryFormat(destination, out _, TimeFormat, CultureInfo.InvariantCulture);
        destination[TimeLength] = '_';
        Logical.TryFormat(destination[(TimeLength + 1)..], out _, "D5", CultureInfo.InvariantCulture);
        charsWritten = TextLength;
        return true;
    }

    /// <summary>Writes the text form (<see cref="ToString()"/>) in UTF-8. Allocates nothing.</summary>
    /// <param name="utf8Destination">Where to write: 30 bytes.</param>
    /// <param name="bytesWritten">How many bytes were written.</param>
    /// <param name="format">Ignored: there is one form.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns><see langword="false"/> when the destination is too short.</returns>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<char> text = stackalloc char[TextLength];
        TryFormat(text, out _, format, provider);
        return Encoding.ASCII.TryGetBytes(text, utf8Destination, out bytesWritten);
    }

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it.</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <returns>The stamp.</returns>
    /// <exception cref="FormatException">The text is no stamp.</exception>
    public static HybridTimestamp Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static HybridTimestamp Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => TryParse(s, provider, out HybridTimestamp stamp) ? stamp : throw NoStamp();

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    public static HybridTimestamp Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => TryParse(utf8Text, provider, out HybridTimestamp stamp) ? stamp : throw NoStamp();

    /// <summary>Reads the text form, exactly as <see cref="ToString()"/> writes it. Never throws.</summary>
    /// <param name="s">The text, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The stamp.</param>
    /// <returns><see langword="false"/> when the text is no stamp, or <see langword="null"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out HybridTimestamp result) => TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out HybridTimestamp)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out HybridTimestamp result)
    {
        result = default;
        if (s.Length != TextLength || s[TimeLength] != '_'
            || !DateTime.TryParseExact(s[..TimeLength], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            || !int.TryParse(s[(TimeLength + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int logical)
            || time < DateTime.UnixEpoch || logical > MaxLogical)
        {
            return false;
        }

        result = new HybridTimestamp((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond, logical);
        return true;
    }

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out HybridTimestamp)"/>
    /// <param name="utf8Text">The text in UTF-8, with nothing before or after it.</param>
    /// <param name="provider">Ignored.</param>
    /// <param name="result">The stamp.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out HybridTimestamp result)
    {
        Span<char> text = stackalloc char[TextLength];
        result = default;
        return utf8Text.Length == TextLength && Encoding.ASCII.TryGetChars(utf8Text, text, out _) && TryParse(text, provider, out result);
    }

    private static FormatException NoStamp() => new("The text is no stamp: for instance 2026-11-23T08:15:00.250Z_00003, with a logical counter up to 65535.");
}
