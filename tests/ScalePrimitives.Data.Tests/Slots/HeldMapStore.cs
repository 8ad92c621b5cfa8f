using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A store of maps whose first map of a kind is held before it is written.</summary>
internal sealed class HeldMapStore(IShardMapStore inner, Func<ShardMap, bool> isHeld, Hold hold) : IShardMapStore
{
    public ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default) => inner.ReadAsync(knownVersion, cancellationToken);

    public async ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default)
    {
        if (isHeld(map))
        {
            await hold.ComeAsync();
        }

        return await inner.TryReplaceAsync(map, expectedVersion, cancellationToken);
    }
}
