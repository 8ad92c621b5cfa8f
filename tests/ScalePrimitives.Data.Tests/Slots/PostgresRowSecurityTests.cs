using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Row level security hides no row from a mover in silence.</summary>
public sealed class PostgresRowSecurityTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_mover_that_would_not_see_all_rows_moves_none()
    {
        await using SlotWorld world = await NewTenantsAsync();
        await using PostgresOwners owners = await OwnAsync(world);
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => Coordinator(world, owners).RunAsync(Move, cancellationToken: TestToken));
        Assert.True(refused is InvalidOperationException or DbException, $"{refused}");
        Assert.Contains("row", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("a", 2), ((await world.MapAsync()).GetShardId(1), await world.CountAsync("a", "notes", "slot = 1")));
        Assert.Empty(await world.Migrations.ListUnfinishedAsync(TestToken));
        Assert.Equal(SlotState.Stable, (await world.MapAsync()).GetState(1));
    }

    // Even where the policy appears between the check and the copy.
    [Fact]
    public async Task A_policy_that_comes_while_slots_move_hides_nothing_either()
    {
        await using SlotWorld world = await NewTenantsAsync();
        await world.ExecuteEverywhereAsync("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY");
        await using PostgresOwners owners = await OwnAsync(world);
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state == SlotMigrationState.Copying)
            {
                await world.ExecuteEverywhereAsync("ALTER TABLE notes FORCE ROW LEVEL SECURITY");
            }
        });
        await Assert.ThrowsAnyAsync<Exception>(() => Coordinator(world, owners).RunAsync(Move, cancellationToken: TestToken));
        Assert.Equal(("a", 2), ((await world.MapAsync()).GetShardId(1), await world.CountAsync("a", "notes", "slot = 1")));
    }

    [Theory]
    [InlineData("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")] // does not count for the owner
    [InlineData("ALTER ROLE {role} BYPASSRLS")]
    public async Task A_mover_that_sees_all_rows_moves_them(string statement)
    {
        await using SlotWorld world = await NewTenantsAsync();
        await using PostgresOwners owners = await OwnAsync(world, statement);
        await Coordinator(world, owners).RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((1, 2), (await world.CountAsync("a", "notes"), await world.CountAsync("b", "notes")));
    }

    // The rights of the triggers are the mover's, and so are its rows.
    [Fact]
    public async Task A_tenant_writes_its_rows_on()
    {
        await using SlotWorld world = await NewTenantsAsync();
        await using DbDataSource tenant = (await server.AsNewUserAsync(world.Databases["a"], "SELECT, INSERT, UPDATE, DELETE ON notes")).Open();
        world.Migrations = new HookedMigrationStore(world.Migrations, async state =>
        {
            if (state is > SlotMigrationState.Preparing and <= SlotMigrationState.Frozen)
            {
                await using DbConnection connection = await tenant.OpenConnectionAsync(TestToken);
                await SlotWorld.ExecuteAsync(connection, null, $"SET app.tenant = 'acme'; INSERT INTO notes VALUES (1, {10 + (int)state}, 'acme', 'late')");
            }
        });
        await world.CoordinatorOf("notes").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(4, await world.CountAsync("b", "notes", "body = 'late'"));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();

    private async Task<SlotWorld> NewTenantsAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(
            "CREATE TABLE notes (slot INT NOT NULL, id INT NOT NULL, tenant TEXT NOT NULL, body TEXT, PRIMARY KEY (slot, id))",
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE notes FORCE ROW LEVEL SECURITY",
            "CREATE POLICY by_tenant ON notes USING (tenant = current_setting('app.tenant', true))");
        await world.ExecuteAsync("a", "INSERT INTO notes VALUES (1, 1, 'acme', 'one'), (1, 2, 'initech', 'two'), (3, 1, 'acme', 'three')");
        return world;
    }

    private Task<PostgresOwners> OwnAsync(SlotWorld world, string? statement = null) => PostgresOwners.CreateAsync(server, world, ["notes"], statement: statement);

    private static SlotMigration Coordinator(SlotWorld world, PostgresOwners owners) => world.Coordinator(new SqlSlotMover(world.Fence, [new SlotTable("notes")], id => owners[id]));
}
