using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>A page of rows of all shards.</summary>
/// <param name="Rows">The rows, in order.</param>
/// <param name="HasMore">Whether there are rows after them: the next page begins after the key of the last row, on every shard alike.</param>
/// <param name="Errors">The shards that failed; none unless partial answers are allowed. Their rows are missing for good once the next page is asked for.</param>
/// <typeparam name="TRow">A row.</typeparam>
public sealed record ScatterPage<TRow>(ImmutableArray<TRow> Rows, bool HasMore, ImmutableArray<ShardError> Errors);
