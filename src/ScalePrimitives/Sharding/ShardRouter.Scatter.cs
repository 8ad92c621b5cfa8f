using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

public sealed partial class ShardRouter<TKey, TShard>
{
    /// <summary>Gets the shards by id, each with the slots that the current map gives it; those without slots are left out. What <see cref="ScatterGather"/> asks while slots move.</summary>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    public IReadOnlyList<KeyValuePair<string, ShardScope<TShard>>> Scopes => ScopesBy([]);

    /// <summary>
    /// Asks every shard once, for the slots that one map gives it. When a shard says that slots have moved since (<see cref="StaleShardMapException"/>), asks all of them again, by what it said:
    /// every slot is counted once.
    /// </summary>
    /// <param name="query">Asks one shard, for the slots of the scope only. It checks their epochs in the snapshot that it reads, and throws the exception when one has left.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The answers, and with partial answers allowed the errors.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    /// <exception cref="AggregateException">Shards have failed and must not, or the slots move on faster than they are followed.</exception>
    /// <exception cref="StaleShardMapException">A shard names one that cannot be reached, and no map knows better. The inner exception says why.</exception>
    /// <exception cref="ShardMapExpiredException">The map is older than <see cref="ShardRouterOptions.MaxMapAge"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<ScatterResult<TAnswer>> ScatterAsync<TAnswer>(Func<ShardScope<TShard>, CancellationToken, ValueTask<TAnswer>> query, ScatterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        Dictionary<int, (string ShardId, long Epoch)> moved = [];
        for (int redirects = 0; ; redirects++)
        {
            ImmutableArray<Exception> errors;
            try
            {
                List<KeyValuePair<string, ShardScope<TShard>>> scopes = await ReachableScopesAsync(moved, cancellationToken).ConfigureAwait(false);
                ScatterResult<TAnswer> result = await ScatterGather.QueryAsync(scopes, query, options, cancellationToken).ConfigureAwait(false);
                errors = [.. result.Errors.Select(error => error.Exception)];
                if (redirects == MaxRedirects || !Learn(errors, moved))
                {
                    return result;
                }
            }
            catch (AggregateException exception) when (redirects < MaxRedirects && Learn(exception.InnerExceptions, moved))
            {
                // All again: between the answers that there are and those to come, slots may have gone from one to the other.
            }
        }
    }

    // False when nothing new was said, so that to ask again would be in vain.
    private bool Learn(IEnumerable<Exception> errors, Dictionary<int, (string ShardId, long Epoch)> moved)
    {
        bool learned = false;
        foreach (StaleShardMapException stale in errors.OfType<StaleShardMapException>())
        {
            _watcher?.RequestRefresh();
            _counts.Redirected();
            foreach (int slot in stale.Slots)
            {
                if (!moved.TryGetValue(slot, out (string, long Epoch) known) || known.Epoch < stale.Epoch)
                {
                    moved[slot] = (stale.ShardId, stale.Epoch);
                    learned = true;
                }
            }
        }

        return learned;
    }

    // A shard that a redirect named may have left, and only the map can tell where its slots are.
    private async ValueTask<List<KeyValuePair<string, ShardScope<TShard>>>> ReachableScopesAsync(Dictionary<int, (string ShardId, long Epoch)> moved, CancellationToken cancellationToken)
    {
        try
        {
            return ScopesBy(moved);
        }
        catch (StaleShardMapException)
        {
            await RefreshedAsync(cancellationToken).ConfigureAwait(false);
            return ScopesBy(moved);
        }
    }

    private List<KeyValuePair<string, ShardScope<TShard>>> ScopesBy(Dictionary<int, (string ShardId, long Epoch)> moved)
    {
        Snapshot current = Fresh();
        var scopes = new SortedDictionary<string, ImmutableArray<SlotEpoch>.Builder>(StringComparer.Ordinal);
        for (int slot = 0; slot < current.Map.SlotCount; slot++)
        {
            (string shardId, long epoch) = moved.TryGetValue(slot, out (string ShardId, long Epoch) known) && known.Epoch > current.Map.GetEpoch(slot) ? known : (current.Map.GetShardId(slot), current.Map.GetEpoch(slot));
            if (!scopes.TryGetValue(shardId, out ImmutableArray<SlotEpoch>.Builder? slots))
            {
                scopes.Add(shardId, slots = ImmutableArray.CreateBuilder<SlotEpoch>());
            }

            slots.Add(new SlotEpoch(slot, epoch));
        }

        return [.. scopes.Select(scope => KeyValuePair.Create(scope.Key, new ShardScope<TShard>(Reach(scope.Key, scope.Value[0]), scope.Value.ToImmutable())))];
    }

    private TShard Reach(string shardId, SlotEpoch first)
    {
        try
        {
            return ShardOf(shardId);
        }
        catch (Exception exception)
        {
            throw new StaleShardMapException(first.Slot, shardId, first.Epoch, exception);
        }
    }
}
