using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

// Those who write and read meanwhile.
internal sealed partial class AcceptanceWorld
{
    // So that there are many writes in every move, and the movers still come to theirs on a machine of few cores.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(3);

    // What a write makes of a row: every fourth time it is deleted (but for the first rows), and what was deleted is inserted again.
    private static long Next(long id, long version) => version == 0 ? 1 : id >= FirstRows * Writers && version % 4 == 0 ? 0 : version + 1;

    private bool MayFail(Exception exception) => Outage.IsOne(exception) && (HasCrashed || exception is DbException { IsTransient: true });

    private async Task WriteOnAsync(int writer)
    {
        var random = new Random(writer);
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            long id = (random.Next(FirstRows + 40) * (long)Writers) + writer;
            try
            {
                if (_uncertain.ContainsKey(id))
                {
                    await ResolveAsync(id);
                }

                await WriteAsync(id, _known.GetValueOrDefault(id));
                Interlocked.Increment(ref _writes);
            }
            catch (Exception exception) when (MayFail(exception))
            {
                await Task.Delay(Outage.Pause, TestToken); // a server that is gone refuses in no time
            }
        }
    }

    // One write to both tables. What is acknowledged is known; what broke while it was committed is uncertain; what broke before was not done.
    private async Task WriteAsync(long id, long version)
    {
        long next = Next(id, version);
        bool isCommitting = false;
        try
        {
            await _router.ExecuteAsync(
                id,
                async (route, _) =>
                {
                    long asked = Stopwatch.GetTimestamp();
                    try
                    {
                        await WriteAsync(route, id, version, next, () => isCommitting = true);
                        Waits.Accept(route.Slot, asked);
                        return 0;
                    }
                    catch (Exception exception) when (exception is SlotFrozenException || Outage.IsOne(exception))
                    {
                        Waits.Refuse(route.Slot, asked);
                        throw;
                    }
                },
                TestToken);
            _known[id] = next;
        }
        catch (Exception exception) when (isCommitting && Outage.IsOne(exception))
        {
            _uncertain[id] = true;
            throw;
        }
    }

    private async Task WriteAsync(ShardRoute<DbDataSource> route, long id, long version, long next, Action committing)
    {
        await using DbConnection connection = await route.Shard.OpenConnectionAsync(TestToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
        await _fence.EnterAsync(transaction, route.Slot, route.Epoch, TestToken);
        foreach (string table in (string[])["orders", "notes"])
        {
            string body = table == "orders" ? ", 'some text that takes room'" : "";
            string statement = next == 0 ? $"DELETE FROM {table} WHERE slot = {route.Slot} AND id = {id} AND version = {version}"
                : version == 0 ? $"INSERT INTO {table} VALUES ({route.Slot}, {id}, 1{body})"
                : $"UPDATE {table} SET version = {next} WHERE slot = {route.Slot} AND id = {id} AND version = {version}";
            await using DbCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, statement);
            Assert.True(await command.ExecuteNonQueryAsync(TestToken) == 1, $"{table} has not version {version} of {id}, which was acknowledged.");
        }

        committing();
        await transaction.CommitAsync(TestToken);
    }

    private async Task ResolveAsync(long id)
    {
        long there = await ReadAsync(id);
        long known = _known.GetValueOrDefault(id);
        Assert.True(there == known || there == Next(id, known), $"{id} has version {there}; {known} was acknowledged.");
        _known[id] = there;
        _uncertain.TryRemove(id, out _);
    }

    private ValueTask<long> ReadAsync(long id) => _router.ExecuteAsync(
        id,
        async (route, _) =>
        {
            await using DbConnection connection = await route.Shard.OpenConnectionAsync(TestToken);
            await using DbTransaction transaction = await BeginSnapshotAsync(connection);
            await _fence.CheckReadAsync(transaction, [new SlotEpoch(route.Slot, route.Epoch)], TestToken);
            await using DbCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, $"SELECT version FROM orders WHERE slot = {route.Slot} AND id = {id}");
            return Convert.ToInt64(await command.ExecuteScalarAsync(TestToken) ?? 0L, CultureInfo.InvariantCulture);
        },
        TestToken);

    // No version is older than what had been acknowledged before the read began. Of the first rows, whose versions only rise.
    private async Task ReadOnAsync()
    {
        var random = new Random(99);
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            long id = random.Next(FirstRows * Writers);
            long known = _known[id];
            try
            {
                long there = await ReadAsync(id);
                Assert.True(there >= known, $"{id} was read with version {there} after {known} had been acknowledged.");
            }
            catch (Exception exception) when (MayFail(exception))
            {
                await Task.Delay(Outage.Pause, TestToken);
            }
        }
    }

    // All rows of all shards: the first rows each once, no row twice.
    private async Task ScatterOnAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        while (!_ending.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(TestToken);
            try
            {
                ScatterResult<List<long>> result = await _router.ScatterAsync(ReadScopeAsync, cancellationToken: TestToken);
                long[] ids = [.. result.Answers.SelectMany(answer => answer.Value)];
                Assert.True(ids.Length == ids.Distinct().Count(), "A row was counted twice.");
                Assert.Equal(FirstRows * Writers, ids.Count(id => id < FirstRows * Writers));
                Interlocked.Increment(ref _scatters);
            }
            catch (AggregateException exception) when (exception.InnerExceptions.All(MayFail))
            {
                await Task.Delay(Outage.Pause, TestToken);
            }
        }
    }

    private async ValueTask<List<long>> ReadScopeAsync(ShardScope<DbDataSource> scope, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await scope.Shard.OpenConnectionAsync(cancellationToken);
        await using DbTransaction transaction = await BeginSnapshotAsync(connection);
        await _fence.CheckReadAsync(transaction, scope.Slots, cancellationToken);
        await using DbCommand command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"SELECT id FROM orders WHERE slot IN ({string.Join(',', scope.Slots.Select(each => each.Slot))})");
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    private static async Task<DbTransaction> BeginSnapshotAsync(DbConnection connection) => connection is Microsoft.Data.Sqlite.SqliteConnection sqlite
        ? sqlite.BeginTransaction(deferred: true)
        : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, TestToken);
}
