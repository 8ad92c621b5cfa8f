using System.Collections.Immutable;
using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>An operation was to span keys of several slots. Thrown before it has run.</summary>
/// <remarks>
/// Give what belongs together one slot (<see cref="CoLocatedShardStrategy{TKey, TPart}"/>); or split the keys with <c>ShardRouter.Group</c>, make each part a transaction of its own, and tie them: by an
/// outbox, which keeps in the same transaction what is to be done elsewhere, or by a saga, which undoes the parts before the one that failed.
/// </remarks>
/// <param name="slots">The slots of the keys, ascending, two at least.</param>
/// <param name="shardIds">The ids of the shards that hold them now, each once: it may be only one.</param>
public sealed class CrossShardTransactionException(ImmutableArray<int> slots, ImmutableArray<string> shardIds) : Exception(Describe(slots, shardIds))
{
    private const int MaxListed = 8;

    /// <summary>Gets the slots of the keys.</summary>
    public ImmutableArray<int> Slots { get; } = slots;

    /// <summary>Gets the ids of the shards that hold them now.</summary>
    public ImmutableArray<string> ShardIds { get; } = shardIds;

    private static string Describe(ImmutableArray<int> slots, ImmutableArray<string> shardIds) => string.Create(
        CultureInfo.InvariantCulture,
        $"The keys are of {slots.Length} slots ({List(slots)}) on {shardIds.Length} shards ({List(shardIds.Select(id => $"'{id}'"))}), and a transaction spans one slot: those of one shard may move apart. Give the keys one slot with CoLocatedShardStrategy, or split them with Group into transactions of their own, tied by an outbox or a saga.");

    private static string List<T>(IEnumerable<T> items) => string.Join(", ", items.Take(MaxListed)) + (items.Skip(MaxListed).Any() ? ", …" : "");
}
