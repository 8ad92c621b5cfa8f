using System.Collections.Immutable;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Asks many shards the same and joins what they answer: answers side by side, rows as one ordered stream, or pages of them. Thread-safe.
/// </summary>
/// <remarks>
/// While slots move, their rows are on two shards: give each shard the slots that one map says it holds, with their epochs, and let its query filter by them.
/// </remarks>
public static partial class ScatterGather
{
    /// <summary>Asks every shard once.</summary>
    /// <param name="shards">The shards by id, such as <see cref="ShardRouter{TKey, TShard}.ShardsById"/>.</param>
    /// <param name="query">Asks one shard. It is to regard its token: one that does not is left behind when the call ends, and goes on.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The answers, and with partial answers allowed the errors.</returns>
    /// <exception cref="AggregateException">Shards have failed and must not. It has what each threw, <see cref="ShardError.ShardId"/> in the message; the others were cancelled.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static Task<ScatterResult<TAnswer>> QueryAsync<TShard, TAnswer>(
        IEnumerable<KeyValuePair<string, TShard>> shards,
        Func<TShard, CancellationToken, ValueTask<TAnswer>> query,
        ScatterOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(query);
        return QueryAsync(shards, query, options ?? new ScatterOptions(), told: null, cancellationToken);
    }

    /// <summary>Asks every shard once, and tells of each as soon as it has answered (no error) or failed.</summary>
    internal static async Task<ScatterResult<TAnswer>> QueryAsync<TShard, TAnswer>(
        IEnumerable<KeyValuePair<string, TShard>> shards, Func<TShard, CancellationToken, ValueTask<TAnswer>> query, ScatterOptions options, Action<string, ShardError?>? told, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var turns = new SemaphoreSlim(options.MaxParallelism);
        var asked = await Task.WhenAll(shards.Select(shard => AskAsync(shard, query, options, told, turns, ending))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        ImmutableArray<ShardError> errors = [.. asked.Select(each => each.Error).OfType<ShardError>()];
        ThrowUnlessAllowed(errors, options);
        return new ScatterResult<TAnswer>([.. asked.Where(each => each.Error is null).Select(each => KeyValuePair.Create(each.ShardId, each.Answer!))], errors);
    }

    /// <summary>Reads a page of rows that are ordered by a key over all shards (keyset paging).</summary>
    /// <param name="shards">The shards by id.</param>
    /// <param name="query">Reads from one shard, ordered by the key: at most so many rows whose key comes after that of the last page, whose rows the caller knows.</param>
    /// <param name="key">The key of a row: what the rows are ordered by and, behind that, what tells them apart. One key for all shards, not one for each.</param>
    /// <param name="size">How many rows a page has, 1 to 100,000.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="comparer">The order of keys; null for their own.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is outside its range.</exception>
    /// <exception cref="AggregateException">Shards have failed and must not.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static async Task<ScatterPage<TRow>> PageAsync<TShard, TRow, TKey>(
        IEnumerable<KeyValuePair<string, TShard>> shards,
        Func<TShard, int, CancellationToken, ValueTask<IReadOnlyList<TRow>>> query,
        Func<TRow, TKey> key,
        int size,
        ScatterOptions? options = null,
        IComparer<TKey>? comparer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        Guard.InRange(size, 1, 100_000);

        // Of each shard one row more than the page: all of the page may come from one shard, and whether there is more must be known.
        ScatterResult<IReadOnlyList<TRow>> result = await QueryAsync(shards, (shard, token) => query(shard, size + 1, token), options, cancellationToken).ConfigureAwait(false);
        TRow[] rows = [.. result.Answers.SelectMany(answer => answer.Value).OrderBy(key, comparer)];
        return new ScatterPage<TRow>([.. rows.Take(size)], rows.Length > size, result.Errors);
    }

    private static async Task<(string ShardId, TAnswer? Answer, ShardError? Error)> AskAsync<TShard, TAnswer>(
        KeyValuePair<string, TShard> shard, Func<TShard, CancellationToken, ValueTask<TAnswer>> query, ScatterOptions options, Action<string, ShardError?>? told, SemaphoreSlim turns, CancellationTokenSource ending)
    {
        TAnswer answer;
        try
        {
            await turns.WaitAsync(ending.Token).ConfigureAwait(false);
            try
            {
                answer = await WithinAsync(token => query(shard.Value, token), options, ending.Token).ConfigureAwait(false);
            }
            finally
            {
                turns.Release();
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return (shard.Key, default, null); // not its own failure: that of the one who ended the call
        }
        catch (Exception exception)
        {
            if (!options.AllowPartial)
            {
                Observe(ending.CancelAsync()); // who listens to the token may never return
            }

            var error = new ShardError(shard.Key, exception);
            told?.Invoke(shard.Key, error);
            return (shard.Key, default, error);
        }

        told?.Invoke(shard.Key, null);
        return (shard.Key, answer, null);
    }

    private static Task<T> WithinAsync<T>(Func<CancellationToken, ValueTask<T>> call, ScatterOptions options, CancellationToken cancellationToken) =>
        Deadline.WithinAsync(call, options.ShardTimeout, options.TimeProvider, cancellationToken);

    private static void ThrowUnlessAllowed(ImmutableArray<ShardError> errors, ScatterOptions options)
    {
        if (!options.AllowPartial && !errors.IsEmpty)
        {
            throw new AggregateException($"These shards have failed: {string.Join(", ", errors.Select(error => $"'{error.ShardId}'"))}.", errors.Select(error => error.Exception));
        }
    }

    // Of what is not waited for, failures are not looked at.
    private static void Observe(Task left) => _ = left.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
