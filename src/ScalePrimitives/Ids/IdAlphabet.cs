using System.Globalization;

namespace ScalePrimitives.Ids;

/// <summary>
/// Writes unsigned numbers with the digits of an alphabet, at a fixed width, and reads them strictly. Immutable.
/// </summary>
/// <remarks>A number of 128 bits is handled in chunks of ten digits, which fit 64 bits in every alphabet: two or three wide divisions, not one a digit.</remarks>
internal sealed class IdAlphabet
{
    private const int ChunkDigits = 10;
    private const byte NoDigit = byte.MaxValue;

    private readonly string _digits;
    private readonly byte[] _values = new byte[128];
    private readonly ulong _chunk; // the radix to the power of ChunkDigits

    private IdAlphabet(string digits, bool ignoreCase)
    {
        _digits = digits;
        Array.Fill(_values, NoDigit);
        for (int value = 0; value < digits.Length; value++)
        {
            _values[digits[value]] = (byte)value;
            if (ignoreCase)
            {
                _values[char.ToLowerInvariant(digits[value])] = _values[char.ToUpperInvariant(digits[value])] = (byte)value;
            }
        }

        _chunk = 1;
        for (int i = 0; i < ChunkDigits; i++)
        {
            _chunk *= (ulong)digits.Length;
        }

        Width64 = WidthOf(ulong.MaxValue);
        Width128 = WidthOf(UInt128.MaxValue);
    }

    /// <summary>Gets how many digits 64 bits take.</summary>
    public int Width64 { get; }

    /// <summary>Gets how many digits 128 bits take.</summary>
    public int Width128 { get; }

    private static IdAlphabet Base62 { get; } = new("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", ignoreCase: false);

    private static IdAlphabet Crockford32 { get; } = new("0123456789ABCDEFGHJKMNPQRSTVWXYZ", ignoreCase: true);

    private static IdAlphabet Hex { get; } = new("0123456789abcdef", ignoreCase: true);

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="encoding"/> is none of its type.</exception>
    public static IdAlphabet Of(IdEncoding encoding) => encoding switch
    {
        IdEncoding.Base62 => Base62,
        IdEncoding.Crockford32 => Crockford32,
        IdEncoding.Hex => Hex,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, $"encoding must be one of {string.Join(", ", Enum.GetNames<IdEncoding>())}, but was {encoding}."),
    };

    /// <summary>Fills <paramref name="destination"/> with the digits of a number that fits it.</summary>
    public void Write(UInt128 value, Span<char> destination)
    {
        while (destination.Length > ChunkDigits)
        {
            (value, UInt128 low) = UInt128.DivRem(value, _chunk);
            WriteChunk((ulong)low, destination[^ChunkDigits..]);
            destination = destination[..^ChunkDigits];
        }

        WriteChunk((ulong)value, destination);
    }

    /// <summary>Reads a number of exactly <paramref name="width"/> digits.</summary>
    /// <returns>Whether the length is right, all are digits, and the number fits 128 bits.</returns>
    public bool TryRead(ReadOnlySpan<char> text, int width, out UInt128 value)
    {
        value = 0;
        if (text.Length != width)
        {
            return false;
        }

        // The first chunk is what the whole ones leave, so that the others all weigh the same.
        for (int length = (width - 1) % ChunkDigits + 1; !text.IsEmpty; text = text[length..], length = ChunkDigits)
        {
            if (!TryReadChunk(text[..length], out ulong chunk) || value > (UInt128.MaxValue - chunk) / _chunk)
            {
                value = 0;
                return false;
            }

            value = (value * _chunk) + chunk;
        }

        return true;
    }

    /// <summary>Describes what is refused, without quoting it: it may be long, and comes from anywhere.</summary>
    public string Expectation(int width) => string.Create(CultureInfo.InvariantCulture, $"exactly {width} characters of {_digits}, of a number that fits");

    private void WriteChunk(ulong value, Span<char> destination)
    {
        ulong radix = (ulong)_digits.Length;
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            (value, ulong digit) = Math.DivRem(value, radix);
            destination[i] = _digits[(int)digit];
        }
    }

    private bool TryReadChunk(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        foreach (char c in text)
        {
            byte digit = c < _values.Length ? _values[c] : NoDigit;
            if (digit == NoDigit)
            {
                return false;
            }

            value = (value * (ulong)_digits.Length) + digit;
        }

        return true;
    }

    private int WidthOf(UInt128 value)
    {
        int width = 0;
        for (; value > 0; value /= (ulong)_digits.Length)
        {
            width++;
        }

        return width;
    }
}
