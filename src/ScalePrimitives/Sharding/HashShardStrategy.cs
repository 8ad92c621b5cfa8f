using System.Globalization;
using ScalePrimitives.Hashing;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>Spreads keys evenly over slots by a 64-bit hash: <see cref="KeyHash"/>, or one that the caller names.</summary>
/// <remarks>
/// The slot is floor(hash × slots / 2^64), which uses the high bits and, unlike a remainder, costs one multiplication (Lemire,
/// "Fast Random Integer Generation in an Interval", ACM TOMACS 2019). No slot is preferred by more than slots / 2^64. O(1) in
/// the number of slots; allocates nothing; thread-safe.
/// </remarks>
/// <typeparam name="TKey">The type of the shard key.</typeparam>
public sealed class HashShardStrategy<TKey> : IShardStrategy<TKey>
{
    private const string BuiltIn = "xxh3-";

    private readonly Func<TKey, ulong> _hash;

    /// <summary>Initializes a strategy that hashes by <see cref="KeyHash"/>.</summary>
    /// <param name="slotCount">How many slots, 1 to <see cref="ShardMap.MaxSlotCount"/>. It can never change, so take many more than shards: 1,024 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    /// <exception cref="NotSupportedException">
    /// <typeparamref name="TKey"/> is not <see cref="string"/>, <see cref="int"/>, <see cref="long"/>, <see cref="uint"/>,
    /// <see cref="ulong"/> or <see cref="Guid"/>: give the hash to the other constructor.
    /// </exception>
    public HashShardStrategy(int slotCount)
    {
        SlotCount = Guard.InRange(slotCount, 1, ShardMap.MaxSlotCount);
        (string encoding, _hash) = DefaultHash();
        Id = string.Create(CultureInfo.InvariantCulture, $"{BuiltIn}{encoding}/{slotCount}");
    }

    /// <summary>Initializes a strategy that hashes by a given function.</summary>
    /// <param name="slotCount">How many slots, 1 to <see cref="ShardMap.MaxSlotCount"/>.</param>
    /// <param name="id">The name of the function, not empty, not starting with "xxh3-". Maps carry it: give another function another name.</param>
    /// <param name="hash">A pure, thread-safe function whose high bits are well mixed, for instance <see cref="KeyHash"/> over a part of the key.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slotCount"/> is outside its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null, empty, longer than some 1,000 bytes of UTF-8, or starts with "xxh3-", or <paramref name="hash"/> is null.</exception>
    public HashShardStrategy(int slotCount, string id, Func<TKey, ulong> hash)
    {
        SlotCount = Guard.InRange(slotCount, 1, ShardMap.MaxSlotCount);
        ShardName.Check(id);
        if (id.StartsWith(BuiltIn, StringComparison.Ordinal))
        {
            throw new ArgumentException($"Ids that start with '{BuiltIn}' name the built-in hash; choose another, but '{id}' was given.", nameof(id));
        }

        ArgumentNullException.ThrowIfNull(hash);
        _hash = hash;
        Id = ShardName.Check(string.Create(CultureInfo.InvariantCulture, $"{id}/{slotCount}"), nameof(id));
    }

    /// <summary>Gets the name of the hash and the number of slots, as in <c>xxh3-text/1024</c>.</summary>
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

        return (int)Math.BigMul(_hash(key), (uint)SlotCount, out _);
    }

    /// <summary>
    /// The hash of a key type, and the name of its bytes: the text 42 and the number 42 hash differently, so strategies over them
    /// must not share a map. Integers of all widths hash as the same eight bytes, so those may.
    /// </summary>
    private static (string Encoding, Func<TKey, ulong> Hash) DefaultHash()
    {
        (string Encoding, Delegate Hash) known = default(TKey) switch
        {
            int => ("int64", (Func<int, ulong>)(static key => KeyHash.Of(key))),
            long => ("int64", (Func<long, ulong>)(static key => KeyHash.Of(key))),
            uint => ("int64", (Func<uint, ulong>)(static key => KeyHash.Of((ulong)key))),
            ulong => ("int64", (Func<ulong, ulong>)(static key => KeyHash.Of(key))),
            Guid => ("uuid", (Func<Guid, ulong>)(static key => KeyHash.Of(key))),
            _ when typeof(TKey) == typeof(string) => ("text", (Func<string, ulong>)(static key => KeyHash.Of(key))),
            _ => throw new NotSupportedException(
                $"No hash is built in for keys of type {typeof(TKey)}: use the constructor that takes a name and a hash function."),
        };
        return (known.Encoding, (Func<TKey, ulong>)known.Hash);
    }
}
