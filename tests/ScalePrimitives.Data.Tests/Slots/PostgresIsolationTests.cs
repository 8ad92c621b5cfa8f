using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Npgsql;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Writers of every isolation are moved beside alike.</summary>
public sealed class PostgresIsolationTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    private const int Writers = 8; // of one slot, so that there is no moment at which it is free

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Steady_writers_hold_a_move_up_for_moments_only(IsolationLevel isolation)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, Writers);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        int accepted = 0;
        Task[] writers = [.. Enumerable.Range(1, Writers).Select(writer => Task.Run(() => WriteAsync(writer)))];
        long began = Stopwatch.GetTimestamp();
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.Equal((Writers, accepted), (await world.CountAsync("b", "orders"), await CountVersionsAsync(world)));
        Assert.True(took < TimeSpan.FromSeconds(12), $"It took {took}.");

        async Task WriteAsync(int writer)
        {
            string shard = "a";
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    await using DbConnection connection = await world.Sources[shard].OpenConnectionAsync(CancellationToken.None);
                    await using DbTransaction transaction = await connection.BeginTransactionAsync(isolation, CancellationToken.None);
                    await world.Fence.EnterAsync(transaction, 1, 1, CancellationToken.None);
                    await SlotWorld.ExecuteAsync(connection, transaction, $"UPDATE orders SET version = version + 1 WHERE slot = 1 AND id = {writer}");
                    await Task.Delay(20, CancellationToken.None);
                    await transaction.CommitAsync(CancellationToken.None);
                    Interlocked.Increment(ref accepted);
                }
                catch (StaleShardMapException moved)
                {
                    shard = moved.ShardId;
                }
                catch (Exception again) when (again is SlotFrozenException or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure })
                {
                    await Task.Delay(5, CancellationToken.None);
                }
            }
        }
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    private static async Task<long> CountVersionsAsync(SlotWorld world)
    {
        await using DbConnection connection = await world.Sources["b"].OpenConnectionAsync(TestToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(SUM(version - 1), 0)::bigint FROM orders";
        return (long)(await command.ExecuteScalarAsync(TestToken))!;
    }
}
