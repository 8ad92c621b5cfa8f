using System.Globalization;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// The hash partitions of PostgreSQL: slot r holds what a table partitioned <c>BY HASH</c> puts into its partition <c>WITH (MODULUS m, REMAINDER r)</c>, so that data that
/// such a table placed is found. For one column of <c>bigint</c> (<see cref="long"/>), <c>text</c> or <c>varchar</c> (<see cref="string"/>), or <c>uuid</c> (<see cref="Guid"/>).
/// </summary>
/// <remarks>O(length); allocates nothing for keys of up to 85 characters; thread-safe. Of little-endian servers with the encoding UTF-8 and deterministic collations.</remarks>
/// <typeparam name="TKey">The type of the column: <see cref="long"/>, <see cref="string"/> or <see cref="Guid"/>.</typeparam>
public sealed class PostgresShardStrategy<TKey> : IShardStrategy<TKey>
{
    private const ulong PartitionSeed = 0x7A5B22367996DCFD;
    private const int StackLimit = 256;

    private readonly Func<TKey, ulong> _hash;

    /// <summary>Initializes a strategy.</summary>
    /// <param name="modulus">The modulus of the partitions, 1 to <see cref="ShardMap.MaxSlotCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="modulus"/> is outside its range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> is another type.</exception>
    public PostgresShardStrategy(int modulus)
    {
        SlotCount = Guard.InRange(modulus, 1, ShardMap.MaxSlotCount);
        (string Column, Delegate Hash) known = default(TKey) switch
        {
            long => ("int8", (Func<long, ulong>)(static key => PostgresHash.OfInt64(key, PartitionSeed))),
            Guid => ("uuid", (Func<Guid, ulong>)HashOf),
            _ when typeof(TKey) == typeof(string) => ("text", (Func<string, ulong>)HashOf),
            _ => throw new NotSupportedException($"Keys of type {typeof(TKey)} are not known here; long, string and Guid are."),
        };
        _hash = (Func<TKey, ulong>)known.Hash;
        Id = string.Create(CultureInfo.InvariantCulture, $"postgres-hash-{known.Column}/{modulus}");
    }

    /// <summary>Gets the name of the column's type and the modulus.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public int SlotCount { get; }

    /// <inheritdoc/>
    public int GetSlot(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return (int)(PostgresHash.Combine(0, _hash(key)) % (uint)SlotCount);
    }

    private static ulong HashOf(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return PostgresHash.OfBytes(bytes, PartitionSeed);
    }

    private static ulong HashOf(string key)
    {
        int longest = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> utf8 = longest <= StackLimit ? stackalloc byte[StackLimit] : new byte[longest];
        return PostgresHash.OfBytes(utf8[..Encoding.UTF8.GetBytes(key, utf8)], PartitionSeed);
    }
}
