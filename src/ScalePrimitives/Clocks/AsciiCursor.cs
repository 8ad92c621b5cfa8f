using System.Numerics;

namespace ScalePrimitives.Clocks;

/// <summary>A place in ASCII text, in characters or UTF-8 bytes, that moves on over what it takes and stays where it cannot.</summary>
internal ref struct AsciiCursor<TChar>(ReadOnlySpan<TChar> text)
    where TChar : unmanaged, IBinaryInteger<TChar>
{
    private readonly ReadOnlySpan<TChar> _text = text;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _text.Length;

    public bool TryTake(string expected)
    {
        if (_text.Length - Position < expected.Length)
        {
            return false;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            if (int.CreateTruncating(_text[Position + i]) != expected[i])
            {
                return false;
            }
        }

        Position += expected.Length;
        return true;
    }

    /// <summary>Takes exactly 16 lowercase hexadecimal digits.</summary>
    public bool TryTakeHex(out ulong value)
    {
        const int Digits = 16;
        value = 0;
        if (_text.Length - Position < Digits)
        {
            return false;
        }

        for (int i = 0; i < Digits; i++)
        {
            int c = int.CreateTruncating(_text[Position + i]);
            int digit = char.IsAsciiDigit((char)c) ? c - '0' : char.IsBetween((char)c, 'a', 'f') ? c - 'a' + 10 : -1;
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        Position += Digits;
        return true;
    }

    /// <summary>Takes a decimal number from 1 to <see cref="ulong.MaxValue"/> without leading zeros, as many digits as there are.</summary>
    public bool TryTakePositive(out ulong value)
    {
        value = 0;
        int at = Position;
        for (; at < _text.Length && char.IsAsciiDigit((char)int.CreateTruncating(_text[at])); at++)
        {
            uint digit = uint.CreateTruncating(_text[at]) - '0';
            bool leadingZero = value == 0 && digit == 0;
            if (leadingZero || value > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        bool taken = at > Position;
        Position = at;
        return taken;
    }
}
