using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>What the shards have answered.</summary>
/// <param name="Answers">The answers with the ids of their shards, in the order in which the shards were given.</param>
/// <param name="Errors">The shards that failed, in the same order; none unless partial answers are allowed.</param>
/// <typeparam name="TAnswer">The answer of one shard.</typeparam>
public sealed record ScatterResult<TAnswer>(ImmutableArray<KeyValuePair<string, TAnswer>> Answers, ImmutableArray<ShardError> Errors)
{
    /// <summary>Gets a value indicating whether every shard has answered.</summary>
    public bool IsComplete => Errors.IsEmpty;
}
