using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// The keyspace ids of Vitess, cut into equal ranges: with 256 slots, slot 0x40 is the range <c>40-41</c>, and Vitess' shard <c>40-80</c> is the slots 64 to 127. So data that Vitess placed by the
/// vindexes <c>hash</c> and <c>xxhash</c> is found.
/// </summary>
/// <remarks>O(length); allocates nothing for keys of up to 85 characters; thread-safe. Source: Vitess, "Vindexes".</remarks>
/// <typeparam name="TKey">The type of the column: <see cref="long"/>, <see cref="ulong"/>, or <see cref="string"/> for <see cref="VitessVindex.XxHash"/>.</typeparam>
public sealed class VitessShardStrategy<TKey> : IShardStrategy<TKey>
{
    private const int StackLimit = 256;
    private const int LongestInteger = 20;

    private readonly Func<TKey, ulong> _keyspaceId;
    private readonly int _shift;

    /// <summary>Initializes a strategy.</summary>
    /// <param name="vindex">The function.</param>
    /// <param name="slotCount">How many ranges: a power of two from 2 to <see cref="ShardMap.MaxSlotCount"/>; the default is 256, as fine as names of shards with two digits.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> is not one that the function takes.</exception>
    public VitessShardStrategy(VitessVindex vindex, int slotCount = 256)
    {
        Guard.Defined(vindex);
        SlotCount = Guard.InRange(slotCount, 2, ShardMap.MaxSlotCount);
        if (!BitOperations.IsPow2(slotCount))
        {
            throw new ArgumentOutOfRangeException(nameof(slotCount), slotCount, string.Create(CultureInfo.InvariantCulture, $"slotCount must be a power of two, but was {slotCount}."));
        }

        _shift = 64 - BitOperations.Log2((uint)slotCount);
        Delegate keyspaceId = (default(TKey), vindex) switch
        {
            (long, VitessVindex.Hash) => (Func<long, ulong>)(static key => NullDes.Encrypt((ulong)key)),
            (ulong, VitessVindex.Hash) => (Func<ulong, ulong>)NullDes.Encrypt,
            (long, _) => (Func<long, ulong>)OfDecimal,
            (ulong, _) => (Func<ulong, ulong>)OfDecimal,
            (_, VitessVindex.XxHash) when typeof(TKey) == typeof(string) => (Func<string, ulong>)OfText,
            _ => throw new NotSupportedException($"The vindex {vindex} does not take keys of type {typeof(TKey)} here: long and ulong, or string for {VitessVindex.XxHash}."),
        };
        _keyspaceId = (Func<TKey, ulong>)keyspaceId;
        Id = string.Create(CultureInfo.InvariantCulture, $"vitess-{(vindex == VitessVindex.Hash ? "hash" : "xxhash")}/{slotCount}");
    }

    /// <summary>Gets the name of the function and the number of slots.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public int SlotCount { get; }

    /// <inheritdoc/>
    public int GetSlot(TKey key) => (int)(GetKeyspaceId(key) >> _shift);

    /// <summary>Finds the keyspace id of a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The eight bytes of the id as a number, the first one highest: Vitess orders ids so.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public ulong GetKeyspaceId(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return _keyspaceId(key);
    }

    private static ulong OfDecimal<TInteger>(TInteger key)
        where TInteger : IUtf8SpanFormattable
    {
        Span<byte> text = stackalloc byte[LongestInteger];
        key.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return OfBytes(text[..length]);
    }

    private static ulong OfText(string key)
    {
        int longest = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> utf8 = longest <= StackLimit ? stackalloc byte[StackLimit] : new byte[longest];
        return OfBytes(utf8[..Encoding.UTF8.GetBytes(key, utf8)]);
    }

    // Vitess writes the hash lowest byte first, and compares ids from the first byte on.
    private static ulong OfBytes(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReverseEndianness(XxHash64.HashToUInt64(bytes));
}
