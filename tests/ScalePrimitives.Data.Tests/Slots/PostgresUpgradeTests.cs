using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Triggers that an older release has left are replaced by the next move.</summary>
public sealed class PostgresUpgradeTests(PostgresServer server) : SlotContract, IClassFixture<PostgresServer>
{
    // As the first release made them: the function runs as the writer, and by the writer's search path.
    private static string Older(string table, string key) =>
        $"""
        CREATE TABLE {table}_slot_changes (change_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {string.Join(", ", key.Split(", ").Select(column => column + " BIGINT NOT NULL"))});
        CREATE FUNCTION {table}_slot_fence() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
          here INTEGER; fence_state SMALLINT;
        BEGIN
          IF TG_OP = 'INSERT' THEN here := NEW.slot; ELSE here := OLD.slot; END IF;
          SELECT state INTO fence_state FROM slot_fences WHERE slot = here;
          IF fence_state IN (0, 6) THEN RETURN NULL; END IF;
          IF fence_state = 1 THEN
            IF TG_OP <> 'INSERT' THEN INSERT INTO {table}_slot_changes ({key}) SELECT OLD.{key.Replace(", ", ", OLD.", StringComparison.Ordinal)}; END IF;
            IF TG_OP <> 'DELETE' THEN INSERT INTO {table}_slot_changes ({key}) SELECT NEW.{key.Replace(", ", ", NEW.", StringComparison.Ordinal)}; END IF;
            RETURN NULL;
          END IF;
          IF EXISTS (SELECT 1 FROM slot_fences f JOIN slot_fences_moves m ON m.move_id = f.move_id WHERE f.slot = here AND m.mover = 1) THEN RETURN NULL; END IF;
          RAISE EXCEPTION 'Slot % refuses writes here (state %).', here, fence_state;
        END $body$;
        CREATE TRIGGER {table}_slot_fence AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_slot_fence();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_slot_fence
        """;

    [Fact]
    public async Task Triggers_of_an_older_release_become_those_of_this_one()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync(Older("orders", "slot, id"), Older("order_lines", "slot, order_id, line"));
        await world.FillAsync("a", 1, 5);
        await using DbDataSource writer = (await server.AsNewUserAsync(world.Databases["a"], "SELECT, INSERT, UPDATE, DELETE ON orders")).Open();
        var written = new Once(async () =>
        {
            await using DbConnection connection = await writer.OpenConnectionAsync(TestToken);
            await SlotWorld.ExecuteAsync(connection, null, "SET search_path = ''");
            await SlotWorld.ExecuteAsync(connection, null, "UPDATE public.orders SET version = 7 WHERE slot = 1 AND id = 3");
        });
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == Sharding.SlotMigrationState.CatchingUp ? written.RunAsync() : Task.CompletedTask);
        await world.Coordinator().RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal((5, 1), (await world.CountAsync("b", "orders"), await world.CountAsync("b", "orders", "version = 7")));
        await Assert.ThrowsAnyAsync<DbException>(() => world.ExecuteAsync("a", "INSERT INTO orders VALUES (1, 9, 1, NULL)"));
        await world.AssertNothingIsLeftAsync();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
