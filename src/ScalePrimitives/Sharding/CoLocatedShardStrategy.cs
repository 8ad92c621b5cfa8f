namespace ScalePrimitives.Sharding;

/// <summary>Shards composed keys by one part of them, so that all keys with the same part share a slot: the orders of a customer, the messages of a room. What shares a slot can share a transaction.</summary>
/// <remarks>Thread-safe; as fast as the strategy of the part, whose <see cref="IShardStrategy{TKey}.Id"/> it has: tables with different keys share one map.</remarks>
/// <typeparam name="TKey">The composed key.</typeparam>
/// <typeparam name="TPart">The part that decides.</typeparam>
public sealed class CoLocatedShardStrategy<TKey, TPart> : IMappedShardStrategy<TKey>
{
    private readonly Func<TKey, TPart> _part;
    private readonly IShardStrategy<TPart> _strategy;

    /// <summary>Initializes a strategy for composed keys.</summary>
    /// <param name="part">Takes the part from a key: pure and thread-safe.</param>
    /// <param name="strategy">What shards the part.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public CoLocatedShardStrategy(Func<TKey, TPart> part, IShardStrategy<TPart> strategy)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(strategy);
        (_part, _strategy) = (part, strategy);
    }

    /// <inheritdoc/>
    public string Id => _strategy.Id;

    /// <inheritdoc/>
    public int SlotCount => _strategy.SlotCount;

    /// <inheritdoc/>
    public int GetSlot(TKey key)
    {
        if (!typeof(TKey).IsValueType && key is null)
        {
            throw new ArgumentNullException(nameof(key));
        }

        return _strategy.GetSlot(_part(key));
    }

    /// <inheritdoc/>
    /// <remarks>The entries of the map are of parts.</remarks>
    public IShardStrategy<TKey> For(ShardMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new CoLocatedShardStrategy<TKey, TPart>(_part, ShardStrategies.For(_strategy, map));
    }
}
