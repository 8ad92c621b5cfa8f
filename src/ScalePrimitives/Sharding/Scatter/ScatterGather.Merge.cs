using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

public static partial class ScatterGather
{
    /// <summary>
    /// Joins the ordered rows of all shards to one ordered stream, which holds one row of each shard at a time. Rows of equal keys come in the order of the shards. What is not read is
    /// not asked for: a caller that stops, or a limit, ends all queries. The end waits for their enumerators to be disposed of, as long as for a row
    /// (<see cref="ScatterOptions.ShardTimeout"/>; 30 seconds where that is infinite). Those that take longer, or have not returned from the search for a row, are left behind.
    /// </summary>
    /// <param name="shards">The shards by id.</param>
    /// <param name="query">Streams the rows of one shard, ordered by the key.</param>
    /// <param name="key">The key of a row.</param>
    /// <param name="limit">How many rows at most, 1 or more; null for all.</param>
    /// <param name="options">The options; null for the defaults. With partial answers allowed a shard that fails has given the rows before its failure.</param>
    /// <param name="comparer">The order of keys; null for their own.</param>
    /// <param name="errors">Takes the shards that fail, with partial answers allowed: complete when the stream has ended. Null is allowed only when partial answers are not.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="ArgumentException">Partial answers are allowed, but there is nothing to take the errors.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is below 1.</exception>
    /// <exception cref="AggregateException">On reading: a shard has failed and must not, or gave rows out of order.</exception>
    public static IAsyncEnumerable<TRow> MergeAsync<TShard, TRow, TKey>(
        IEnumerable<KeyValuePair<string, TShard>> shards,
        Func<TShard, CancellationToken, IAsyncEnumerable<TRow>> query,
        Func<TRow, TKey> key,
        long? limit = null,
        ScatterOptions? options = null,
        IComparer<TKey>? comparer = null,
        ICollection<ShardError>? errors = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit ?? 1, 1, nameof(limit));
        options ??= new ScatterOptions();
        if (options.AllowPartial && errors is null)
        {
            throw new ArgumentException("Where partial answers are allowed, errors must be taken: a row that is missing in silence looks like one that does not exist.", nameof(errors));
        }

        return StreamAsync(shards, query, key, limit ?? long.MaxValue, options, comparer ?? Comparer<TKey>.Default, errors, cancellationToken);
    }

    private static async IAsyncEnumerable<TRow> StreamAsync<TShard, TRow, TKey>(
        IEnumerable<KeyValuePair<string, TShard>> shards,
        Func<TShard, CancellationToken, IAsyncEnumerable<TRow>> query,
        Func<TRow, TKey> key,
        long limit,
        ScatterOptions options,
        IComparer<TKey> comparer,
        ICollection<ShardError>? errors,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sources = new List<Source<TRow>>();
        try
        {
            foreach (KeyValuePair<string, TShard> shard in shards)
            {
                sources.Add(new Source<TRow>(shard.Key, query(shard.Value, ending.Token).GetAsyncEnumerator(ending.Token)));
            }

            // The first rows of all shards at once, then a row of the shard whose row was taken.
            ScatterResult<bool> first = await QueryAsync(sources.Select(source => KeyValuePair.Create(source.ShardId, source)), static (source, _) => source.MoveNextAsync(), options, ending.Token).ConfigureAwait(false);
            Report(first.Errors, errors);
            PriorityQueue<int, (TKey Key, int Shard)> heads = HeadsOf(sources, first, key, comparer);
            for (long rows = 1; heads.TryPeek(out int shard, out (TKey Key, int Shard) head); rows++)
            {
                Source<TRow> source = sources[shard];
                yield return source.Current;
                if (rows == limit)
                {
                    break; // what is not given is not asked for
                }

                ShardError? error = await AdvanceAsync(source, options, ending.Token).ConfigureAwait(false);
                Report(error is null ? [] : [error], errors);
                if (error is not null || !source.HasRow)
                {
                    heads.Dequeue();
                    continue;
                }

                TKey next = key(source.Current);
                ThrowIfOutOfOrder(comparer.Compare(next, head.Key), source.ShardId);
                heads.DequeueEnqueue(shard, (next, shard));
            }
        }
        finally
        {
            await EndAsync(sources, ending, options).ConfigureAwait(false);
        }
    }

    // The shards that have a row, by its key.
    private static PriorityQueue<int, (TKey Key, int Shard)> HeadsOf<TRow, TKey>(List<Source<TRow>> sources, ScatterResult<bool> first, Func<TRow, TKey> key, IComparer<TKey> comparer)
    {
        var heads = new PriorityQueue<int, (TKey Key, int Shard)>(Comparer<(TKey Key, int Shard)>.Create((left, right) => comparer.Compare(left.Key, right.Key) is not 0 and var order ? order : left.Shard.CompareTo(right.Shard)));
        foreach (KeyValuePair<string, bool> answer in first.Answers.Where(answer => answer.Value))
        {
            int shard = sources.FindIndex(source => source.ShardId == answer.Key);
            heads.Enqueue(shard, (key(sources[shard].Current), shard));
        }

        return heads;
    }

    // Tells all to end, and waits as long as for a row: for who listens to the token too. One that still looks for a row is left
    // behind; it is disposed of when it has found it.
    private static async Task EndAsync<TRow>(List<Source<TRow>> sources, CancellationTokenSource ending, ScatterOptions options)
    {
        Task cancelling = ending.CancelAsync();
        _ = cancelling.ContinueWith(_ => ending.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        List<(bool IsUnderWay, Task Closing)> each = sources.ConvertAll(source => (source.IsUnderWay, Task.Run(source.DisposeAsync)));
        Task closing = Task.WhenAll([cancelling, .. each.Where(source => !source.IsUnderWay).Select(source => source.Closing)]);
        Observe(closing);
        Observe(Task.WhenAll(each.Select(source => source.Closing)));
        TimeSpan limit = options.ShardTimeout == Timeout.InfiniteTimeSpan ? Deadline.OfCaller : options.ShardTimeout;
        await closing.WaitAsync(limit, options.TimeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (closing.IsCompleted)
        {
            await closing.ConfigureAwait(false);
        }
    }

    // Null when the shard has gone on, or is at its end. A row that is there already, and most are, since drivers read ahead, takes no timer and allocates nothing.
    private static async ValueTask<ShardError?> AdvanceAsync<TRow>(Source<TRow> source, ScatterOptions options, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ValueTask<bool> moving = source.MoveNextAsync();
            source.HasRow = moving.IsCompleted ? await moving.ConfigureAwait(false) : await WithinAsync(moving, options, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var error = new ShardError(source.ShardId, exception);
            ThrowUnlessAllowed([error], options);
            return error;
        }
    }

    // Apart, so that a row that is there already makes no closure.
    private static Task<bool> WithinAsync(ValueTask<bool> moving, ScatterOptions options, CancellationToken cancellationToken) => WithinAsync(_ => moving, options, cancellationToken);

    private static void Report(ImmutableArray<ShardError> occurred, ICollection<ShardError>? errors)
    {
        foreach (ShardError error in occurred)
        {
            errors?.Add(error);
        }
    }

    private static void ThrowIfOutOfOrder(int order, string shardId)
    {
        if (order < 0)
        {
            throw new AggregateException($"The rows of the shard '{shardId}' are not in order.", new InvalidOperationException("A row comes before the one that was read before it."));
        }
    }

    private sealed class Source<TRow>(string shardId, IAsyncEnumerator<TRow> rows)
    {
        private Task _moving = Task.CompletedTask;

        public string ShardId => shardId;

        public TRow Current => rows.Current;

        public bool HasRow { get; set; }

        public bool IsUnderWay => !_moving.IsCompleted;

        // A row that is there already allocates nothing.
        public ValueTask<bool> MoveNextAsync()
        {
            ValueTask<bool> moving = rows.MoveNextAsync();
            if (moving.IsCompleted)
            {
                return moving;
            }

            Task<bool> running = moving.AsTask();
            _moving = running;
            return new ValueTask<bool>(running);
        }

        public async Task DisposeAsync()
        {
            await _moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // enumerators do one thing at a time
            try
            {
                await rows.DisposeAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It was told to end.
            }
        }
    }
}
