using System.Collections.Immutable;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Does one thing once on every shard: a change of the schema, reference data that all shards have. A store keeps which shards have finished, so that each run does what is left: after a failure or a
/// crash, and on shards that joined since (before they are given slots). Thread-safe.
/// </summary>
/// <remarks>
/// <para>It must be idempotent, as <c>CREATE TABLE IF NOT EXISTS</c> is. A shard is noted after the work on it: a crash between the two repeats the work. So does a run that begins while another is under way:
/// both may work on one shard, even at once, and both report it as done. Where the work does not bear that, let it take a lock of the shard's database, or run it from one place.</para>
/// <para>A name stands for one thing for ever: other work under the same name is not done where the name is finished.</para>
/// </remarks>
public sealed class ShardOperation
{
    private readonly IShardOperationStore _store;

    /// <summary>Initializes an operation. Runs nothing yet.</summary>
    /// <param name="name">Its name in the store, not empty; the store may limit it further.</param>
    /// <param name="store">Keeps which shards have finished it.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public ShardOperation(string name, IShardOperationStore store)
    {
        Name = Guard.NotNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>Gets the name of the operation.</summary>
    public string Name { get; }

    /// <summary>Runs the operation on every shard that has not finished it. One that fails does not stop the others.</summary>
    /// <param name="shards">The shards by id, each id once, such as <see cref="ShardRouter{TKey, TShard}.ShardsById"/>.</param>
    /// <param name="work">
    /// Works on one shard. It is to regard its token, which is cancelled when its time is up or the call is: work that does not is left behind, and goes on beside the next run's.
    /// </param>
    /// <param name="options">How many shards at a time, and how long one may take; null for the defaults: 32, and as long as it takes.</param>
    /// <param name="progress">Is told of each outcome at once, those of finished shards first; null when nobody asks.</param>
    /// <param name="cancellationToken">Ends the call. What has finished by then is noted.</param>
    /// <returns>The outcomes, in the order of the shards.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="shards"/> or <paramref name="work"/> is null.</exception>
    /// <exception cref="ArgumentException">An id is empty, with NUL in it, longer than 1,024 bytes of UTF-8, or there twice, or the store does not take it or the name. Nothing has run.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    /// <exception cref="TimeoutException">The store has not told in time what is left (<see cref="ShardOperationOptions.StoreTimeout"/>). Nothing has run.</exception>
    /// <remarks>What the store throws before anything has run passes to the caller.</remarks>
    public async Task<ImmutableArray<ShardOperationOutcome>> RunAsync<TShard>(
        IEnumerable<KeyValuePair<string, TShard>> shards,
        Func<TShard, CancellationToken, ValueTask> work,
        ShardOperationOptions? options = null,
        IProgress<ShardOperationOutcome>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(work);
        options ??= new ShardOperationOptions();
        (TimeSpan storeTimeout, TimeProvider timeProvider) = (options.StoreTimeout, options.TimeProvider);
        var scatter = new ScatterOptions { AllowPartial = true, MaxParallelism = options.MaxParallelism, ShardTimeout = options.ShardTimeout, TimeProvider = timeProvider };
        KeyValuePair<string, TShard>[] all = [.. shards];
        ImmutableArray<string> ids = [.. all.Select(shard => ShardName.Check(shard.Key, nameof(shards)))];
        if (ids.CountBy(id => id, StringComparer.Ordinal).FirstOrDefault(id => id.Value > 1).Key is { } repeated)
        {
            throw new ArgumentException($"The shard '{repeated}' is there twice.", nameof(shards));
        }

        ImmutableArray<string> finished = await Deadline.WithinAsync(token => _store.ListFinishedAsync(Name, ids, token), storeTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
        HashSet<string> before = new(finished, StringComparer.Ordinal);
        foreach (string id in ids.Where(before.Contains))
        {
            progress?.Report(new ShardOperationOutcome(id, ShardOperationStatus.DoneBefore));
        }

        ScatterResult<bool> result = await ScatterGather.QueryAsync(
            all.Where(shard => !before.Contains(shard.Key)).Select(shard => KeyValuePair.Create(shard.Key, shard)),
            async (shard, token) =>
            {
                await work(shard.Value, token).ConfigureAwait(false);
                return await Deadline.WithinAsync(stop => FinishAsync(shard.Key, stop), storeTimeout, timeProvider, CancellationToken.None).ConfigureAwait(false); // done is done, though the time be up meanwhile
            },
            scatter,
            (id, error) => progress?.Report(Outcome(id, error)),
            cancellationToken).ConfigureAwait(false);
        var errors = result.Errors.ToDictionary(error => error.ShardId, StringComparer.Ordinal);
        return [.. ids.Select(id => before.Contains(id) ? new ShardOperationOutcome(id, ShardOperationStatus.DoneBefore) : Outcome(id, errors.GetValueOrDefault(id)))];
    }

    private static ShardOperationOutcome Outcome(string shardId, ShardError? error) =>
        new(shardId, error is null ? ShardOperationStatus.DoneNow : ShardOperationStatus.Failed, error?.Exception);

    private async ValueTask<bool> FinishAsync(string shardId, CancellationToken cancellationToken)
    {
        await _store.FinishAsync(Name, shardId, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
