using System.Buffers.Binary;

namespace ScalePrimitives.Ids;

/// <summary>
/// Ids as short text of a fixed width that orders as the ids do: see <see cref="IdEncoding"/>. Reading is strict: another length, a character
/// outside the alphabet and a number that does not fit are refused. The same on every machine and in every culture. Thread-safe; only
/// making a string allocates.
/// </summary>
/// <remarks>
/// A <see cref="long"/> is read and written as the unsigned number of the same 64 bits, so that ids with the top bit set, such as Discord's will
/// be, keep their order. A <see cref="Guid"/> is the number of its 16 octets in network order, as RFC 9562 writes them: its Crockford text is a
/// ULID, whose time a version 7 UUID has in the same place.
/// </remarks>
public static class IdText
{
    /// <summary>How many characters the longest text has.</summary>
    public const int MaxLength = 32;

    /// <summary>Writes an id of 64 bits.</summary>
    /// <param name="id">The id.</param>
    /// <param name="encoding">The encoding.</param>
    /// <returns>11, 13 or 16 characters, by the encoding.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static string Format(long id, IdEncoding encoding) => Format((ulong)id, IdAlphabet.Of(encoding).Width64, encoding);

    /// <summary>Writes an id of 128 bits.</summary>
    /// <param name="id">The id.</param>
    /// <param name="encoding">The encoding.</param>
    /// <returns>22, 26 or 32 characters, by the encoding.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static string Format(UInt128 id, IdEncoding encoding) => Format(id, IdAlphabet.Of(encoding).Width128, encoding);

    /// <inheritdoc cref="Format(UInt128, IdEncoding)"/>
    public static string Format(Guid id, IdEncoding encoding) => Format(ToNumber(id), encoding);

    /// <summary>Writes an id of 64 bits into a span.</summary>
    /// <param name="id">The id.</param>
    /// <param name="destination">Receives the text. Not touched when it is too short.</param>
    /// <param name="charsWritten">The length of the text; 0 when <paramref name="destination"/> is too short.</param>
    /// <param name="encoding">The encoding.</param>
    /// <returns>Whether <paramref name="destination"/> was long enough.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static bool TryFormat(long id, Span<char> destination, out int charsWritten, IdEncoding encoding) =>
        TryFormat((ulong)id, IdAlphabet.Of(encoding).Width64, destination, out charsWritten, encoding);

    /// <summary>Writes an id of 128 bits into a span.</summary>
    /// <inheritdoc cref="TryFormat(long, Span{char}, out int, IdEncoding)"/>
    public static bool TryFormat(UInt128 id, Span<char> destination, out int charsWritten, IdEncoding encoding) =>
        TryFormat(id, IdAlphabet.Of(encoding).Width128, destination, out charsWritten, encoding);

    /// <inheritdoc cref="TryFormat(UInt128, Span{char}, out int, IdEncoding)"/>
    public static bool TryFormat(Guid id, Span<char> destination, out int charsWritten, IdEncoding encoding) =>
        TryFormat(ToNumber(id), destination, out charsWritten, encoding);

    /// <summary>Reads an id of 64 bits.</summary>
    /// <param name="text">The text, as <see cref="Format(long, IdEncoding)"/> writes it.</param>
    /// <param name="encoding">The encoding.</param>
    /// <returns>The id; negative when its top bit is set.</returns>
    /// <exception cref="FormatException"><paramref name="text"/> has another length, a character outside the alphabet, or a number that does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static long ParseInt64(ReadOnlySpan<char> text, IdEncoding encoding) =>
        TryParse(text, encoding, out long id) ? id : throw Refused(IdAlphabet.Of(encoding), IdAlphabet.Of(encoding).Width64, 64);

    /// <summary>Reads an id of 128 bits.</summary>
    /// <param name="text">The text, as <see cref="Format(UInt128, IdEncoding)"/> writes it.</param>
    /// <param name="encoding">The encoding.</param>
    /// <returns>The id.</returns>
    /// <exception cref="FormatException"><paramref name="text"/> has another length, a character outside the alphabet, or a number that does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static UInt128 ParseUInt128(ReadOnlySpan<char> text, IdEncoding encoding) =>
        TryParse(text, encoding, out UInt128 id) ? id : throw Refused(IdAlphabet.Of(encoding), IdAlphabet.Of(encoding).Width128, 128);

    /// <inheritdoc cref="ParseUInt128(ReadOnlySpan{char}, IdEncoding)"/>
    public static Guid ParseGuid(ReadOnlySpan<char> text, IdEncoding encoding) => ToGuid(ParseUInt128(text, encoding));

    /// <summary>Reads an id of 64 bits, if it is one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="id">The id; 0 when the result is <see langword="false"/>.</param>
    /// <returns>Whether the text is one that <see cref="Format(long, IdEncoding)"/> writes, in any case where the encoding ignores it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static bool TryParse(ReadOnlySpan<char> text, IdEncoding encoding, out long id)
    {
        IdAlphabet alphabet = IdAlphabet.Of(encoding);
        bool fits = alphabet.TryRead(text, alphabet.Width64, out UInt128 value) && value <= ulong.MaxValue;
        id = fits ? (long)(ulong)value : 0;
        return fits;
    }

    /// <summary>Reads an id of 128 bits, if it is one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="id">The id; the default value when the result is <see langword="false"/>.</param>
    /// <returns>Whether the text is one that <see cref="Format(UInt128, IdEncoding)"/> writes, in any case where the encoding ignores it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static bool TryParse(ReadOnlySpan<char> text, IdEncoding encoding, out UInt128 id)
    {
        IdAlphabet alphabet = IdAlphabet.Of(encoding);
        return alphabet.TryRead(text, alphabet.Width128, out id);
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, IdEncoding, out UInt128)"/>
    public static bool TryParse(ReadOnlySpan<char> text, IdEncoding encoding, out Guid id)
    {
        bool isId = TryParse(text, encoding, out UInt128 number);
        id = ToGuid(number);
        return isId;
    }

    private static string Format(UInt128 id, int width, IdEncoding encoding)
    {
        Span<char> text = stackalloc char[MaxLength];
        text = text[..width];
        IdAlphabet.Of(encoding).Write(id, text);
        return new string(text);
    }

    private static bool TryFormat(UInt128 id, int width, Span<char> destination, out int charsWritten, IdEncoding encoding)
    {
        charsWritten = destination.Length < width ? 0 : width;
        IdAlphabet.Of(encoding).Write(charsWritten == 0 ? 0 : id, destination[..charsWritten]);
        return charsWritten > 0;
    }

    private static UInt128 ToNumber(Guid id)
    {
        Span<byte> octets = stackalloc byte[16];
        id.TryWriteBytes(octets, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }

    private static Guid ToGuid(UInt128 number)
    {
        Span<byte> octets = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, number);
        return new Guid(octets, bigEndian: true);
    }

    private static FormatException Refused(IdAlphabet alphabet, int width, int bits) =>
        new($"The text is no id of {bits} bits in this encoding: it must be {alphabet.Expectation(width)}.");
}
