using System.Data.Common;
using System.Diagnostics;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>A slot of so many rows on one of two shards, and writers that change its rows through a router.</summary>
internal sealed class SlotMoveLoad(SqlDialect dialect, DbDataSource a, DbDataSource b, SlotMoveSettings settings)
{
    private static readonly string[] Fill =
    [
        "INSERT INTO orders SELECT 0, n, 1, 'an order of about the length that orders have, number ' || n FROM (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {0}) SELECT n FROM t)",
        "INSERT INTO orders SELECT 0, n, 1, 'an order of about the length that orders have, number ' || n FROM generate_series(1, {0}) AS n",
        "INSERT INTO orders SELECT 0, seq, 1, CONCAT('an order of about the length that orders have, number ', seq) FROM seq_1_to_{0}",
    ];

    private static readonly RangeShardStrategy<int> Strategy = new("one", [int.MaxValue]);

    private readonly SqlSlotFence _fence = new(dialect);
    private readonly InMemoryShardMapStore _maps = new();
    private readonly InMemorySlotMigrationStore _migrations = new();
    private readonly Lock _lock = new();
    private ShardRouter<int, DbDataSource> _router = null!;
    private long _accepted;
    private long _lastAccepted;
    private long _firstRefused;
    private double _refusedMs;
    private double _pauseMs;

    public SlotMoveSettings Settings => settings;

    public async Task<SlotMoveFigures> RunAsync(int moves)
    {
        await CreateAsync();
        using var stop = new CancellationTokenSource();
        Task[] writing = [.. Enumerable.Range(1, settings.Writers).Select(writer => Task.Run(() => WriteAsync(writer, stop.Token)))];
        await Task.Delay(TimeSpan.FromSeconds(1)); // warms up
        (double quietSeconds, long quiet) = await CountAsync(() => Task.Delay(TimeSpan.FromSeconds(3)));
        double copying = 0;
        var refused = new List<double>();
        var pauses = new List<double>();
        (double seconds, long moving) = await CountAsync(async () =>
        {
            for (int move = 0; move < moves; move++)
            {
                Begin();
                copying += await MoveAsync(move % 2 == 0 ? new SlotMove([0], "a", "b") : new SlotMove([0], "b", "a"));
                refused.Add(_refusedMs);
                pauses.Add(_pauseMs);
            }
        });
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        return new SlotMoveFigures((double)settings.Rows * moves / copying, seconds / moves, quiet / quietSeconds, moving / seconds, refused, pauses);
    }

    private async Task CreateAsync()
    {
        var map = new ShardMap(2, ["a", "b"], strategyId: Strategy.Id);
        await _maps.TryReplaceAsync(map, 0);
        foreach ((string id, DbDataSource shard) in (IEnumerable<(string, DbDataSource)>)[("a", a), ("b", b)])
        {
            if (dialect == SqlDialect.Sqlite)
            {
                await ExecuteAsync(shard, "PRAGMA journal_mode = WAL");
            }

            await ExecuteAsync(shard, "CREATE TABLE orders (slot INT NOT NULL, id INT NOT NULL, version BIGINT NOT NULL, body VARCHAR(100) NOT NULL, PRIMARY KEY (slot, id))");
            await _fence.CreateSchemaAsync(shard, map, id);
        }

        await ExecuteAsync(a, string.Format(System.Globalization.CultureInfo.InvariantCulture, Fill[(int)dialect], settings.Rows));
        _router = new ShardRouter<int, DbDataSource>(Strategy, map, id => id == "a" ? a : b);
    }

    // The seconds in which rows were copied.
    private async Task<double> MoveAsync(SlotMove move)
    {
        var copying = new CopyingTime();
        var mover = new SqlSlotMover(_fence, [new SlotTable("orders")], id => id == "a" ? a : b);
        await new SlotMigration(_migrations, _maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero }).RunAsync(move, copying);
        _router.TryUpdate((await _maps.ReadAsync())!);
        return copying.Seconds;
    }

    private async Task WriteAsync(int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / settings.Rate));
        while (!cancellationToken.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            int id = random.Next(settings.Rows) + 1;
            await _router.ExecuteAsync(id, async (route, _) =>
            {
                try
                {
                    await UpdateAsync(route, id);
                    Accepted();
                    return 0;
                }
                catch (Exception exception) when (exception is SlotFrozenException or StaleShardMapException)
                {
                    Refused();
                    throw;
                }
            }, CancellationToken.None);
        }
    }

    private async Task UpdateAsync(ShardRoute<DbDataSource> route, int id)
    {
        await using DbConnection connection = await route.Shard.OpenConnectionAsync();
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        await _fence.EnterAsync(transaction, route.Slot, route.Epoch);
        await using DbCommand update = connection.CreateCommand();
        (update.Transaction, update.CommandText) = (transaction, $"UPDATE orders SET version = version + 1 WHERE slot = 0 AND id = {id}");
        if (await update.ExecuteNonQueryAsync() != 1)
        {
            throw new InvalidDataException($"Row {id} is not where it should be.");
        }

        await transaction.CommitAsync();
    }

    private static async Task ExecuteAsync(DbDataSource shard, string statement)
    {
        await using DbCommand command = shard.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<(double Seconds, long Writes)> CountAsync(Func<Task> work)
    {
        long before = Interlocked.Read(ref _accepted);
        long start = Stopwatch.GetTimestamp();
        await work();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, Interlocked.Read(ref _accepted) - before);
    }

    private void Begin()
    {
        lock (_lock)
        {
            (_refusedMs, _pauseMs, _firstRefused, _lastAccepted) = (0, 0, 0, Stopwatch.GetTimestamp());
        }
    }

    private void Accepted()
    {
        lock (_lock)
        {
            long now = Stopwatch.GetTimestamp();
            _pauseMs = Math.Max(_pauseMs, Stopwatch.GetElapsedTime(_lastAccepted, now).TotalMilliseconds);
            _refusedMs = _firstRefused == 0 ? _refusedMs : Math.Max(_refusedMs, Stopwatch.GetElapsedTime(_firstRefused, now).TotalMilliseconds);
            (_lastAccepted, _firstRefused) = (now, 0);
            _accepted++;
        }
    }

    private void Refused()
    {
        lock (_lock)
        {
            _firstRefused = _firstRefused == 0 ? Stopwatch.GetTimestamp() : _firstRefused;
        }
    }

    /// <summary>The time from the first report of copying to the last.</summary>
    private sealed class CopyingTime : IProgress<SlotMigrationProgress>
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public double Seconds { get; private set; }

        public void Report(SlotMigrationProgress value)
        {
            if (value.State == SlotMigrationState.Copying)
            {
                Seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            }
        }
    }
}
