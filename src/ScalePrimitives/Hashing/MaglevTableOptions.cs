using System.Globalization;

namespace ScalePrimitives.Hashing;

/// <summary>How a <see cref="MaglevTable{TNode}"/> is laid out.</summary>
public sealed record MaglevTableOptions
{
    private const int MaxTableSize = 5_000_011;

    /// <summary>
    /// Gets or sets the number of slots. Shares are multiples of one slot, so take at least a hundred slots a node; each takes two
    /// bytes. The size belongs to the identity of a table: another one moves nearly every key.
    /// </summary>
    /// <value>A prime from 2 to 5,000,011; the default is 65,537, as in Envoy.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a prime from 2 to 5,000,011.</exception>
    public int TableSize { get; set => field = CheckPrime(value, nameof(TableSize)); } = 65_537;

    private static int CheckPrime(int value, string name)
    {
        bool prime = value is >= 2 and <= MaxTableSize;
        for (int divisor = 2; prime && divisor * divisor <= value; divisor++)
        {
            prime = value % divisor != 0;
        }

        return prime
            ? value
            : throw new ArgumentOutOfRangeException(name, value, string.Create(CultureInfo.InvariantCulture, $"{name} must be a prime from 2 to {MaxTableSize}, but was {value}."));
    }
}
