using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A table is not emptied beneath a mover, where no note would tell of it.</summary>
public sealed class PostgresTruncateTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Theory]
    [InlineData(SlotMigrationState.CatchingUp)]
    [InlineData(SlotMigrationState.Frozen)]
    public async Task Emptying_a_table_of_which_slots_move_is_refused(SlotMigrationState at)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        await world.FillAsync("a", 3, 5);
        var truncated = new Once(() => Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "TRUNCATE orders CASCADE")));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == at ? truncated.RunAsync() : Task.CompletedTask);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((5, 5), (await world.CountAsync("a", "orders"), await world.CountAsync("b", "orders")));
        await world.AssertNothingIsLeftAsync();
    }

    // Whose snapshot is older than the move.
    [Theory]
    [InlineData(System.Data.IsolationLevel.RepeatableRead)]
    [InlineData(System.Data.IsolationLevel.Serializable)]
    public async Task Emptying_a_table_by_an_older_snapshot_is_refused(System.Data.IsolationLevel isolation)
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        await world.Mover().InstallAsync("a", TestToken);
        await using DbConnection connection = await world.Sources["a"].OpenConnectionAsync(TestToken);
        await using DbTransaction writer = await connection.BeginTransactionAsync(isolation, TestToken);
        await SlotWorld.ExecuteAsync(connection, writer, "SELECT 1 FROM slot_fences");
        var truncated = new Once(async () =>
        {
            DbException refused = await Assert.ThrowsAnyAsync<DbException>(() => SlotWorld.ExecuteAsync(connection, writer, "TRUNCATE orders CASCADE"));
            Assert.Equal("40001", refused.SqlState);
            await writer.RollbackAsync(TestToken);
        });
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Frozen ? truncated.RunAsync() : Task.CompletedTask);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(5, await world.CountAsync("b", "orders"));
        await using DbTransaction after = await connection.BeginTransactionAsync(isolation, TestToken);
        await SlotWorld.ExecuteAsync(connection, after, "TRUNCATE orders CASCADE"); // when nothing moves it is fine
    }

    [Fact]
    public async Task A_copy_is_not_emptied_while_it_comes()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 5);
        var truncated = new Once(() => Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("b", "TRUNCATE orders CASCADE")));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Frozen ? truncated.RunAsync() : Task.CompletedTask);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(5, await world.CountAsync("b", "orders"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
