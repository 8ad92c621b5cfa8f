using System.Data.Common;
using Npgsql;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What a mover sets on its connections, the application never meets on its own: not where both draw on one pool that leaves a connection as it was given back.</summary>
public abstract class PostgresSettingsContract : SlotContract
{
    private const int Connections = 8;

    [Fact]
    public async Task No_setting_of_a_mover_outlives_its_transaction()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        Dictionary<string, List<string>> before = new(StringComparer.Ordinal);
        foreach (string shard in world.Sources.Keys)
        {
            before[shard] = (await SettingsAsync(world, shard))[0];
        }

        int looks = 0;
        world.Migrations = new HookedMigrationStore(world.Migrations, _ => LookAsync());
        var progress = new Inline(_ => LookAsync().GetAwaiter().GetResult());
        await world.Coordinator().RunAsync(Move, progress, TestToken);
        await LookAsync();
        Assert.True(looks > 8, $"{looks}");

        async Task LookAsync()
        {
            looks++;
            foreach (string shard in world.Sources.Keys)
            {
                foreach (List<string> settings in await SettingsAsync(world, shard))
                {
                    Assert.Equal(before[shard], settings);
                }
            }
        }
    }

    [Fact]
    public async Task Foreign_keys_hold_for_everyone_while_slots_move_and_afterwards()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 12);
        world.Migrations = new HookedMigrationStore(world.Migrations, _ => WriteOrphansAsync(world));
        await world.Coordinator().RunAsync(Move, new Inline(_ => WriteOrphansAsync(world).GetAwaiter().GetResult()), TestToken);
        await WriteOrphansAsync(world);
        Assert.Equal((0, 24), (await world.CountAsync("a", "order_lines"), await world.CountAsync("b", "order_lines")));
    }

    // Lines of an order that there is not, over several connections at a time.
    private static async Task WriteOrphansAsync(SlotWorld world) => await EachAsync(world, "a", async (connection, transaction) =>
    {
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => SlotWorld.ExecuteAsync(connection, transaction, "INSERT INTO order_lines VALUES (3, 777, 1, 'pen')"));
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
        return true;
    });

    // In a transaction each, side by side, so that each has a connection of the server's own.
    private static async Task<List<List<string>>> SettingsAsync(SlotWorld world, string shard) => await EachAsync(world, shard, async (connection, transaction) =>
    {
        await using DbCommand command = connection.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, "SELECT name || ' = ' || setting FROM pg_settings WHERE name <> 'application_name' AND name NOT LIKE 'plpgsql.%' ORDER BY name");
        await using DbDataReader reader = await command.ExecuteReaderAsync(TestToken);
        var settings = new List<string>();
        while (await reader.ReadAsync(TestToken))
        {
            settings.Add(reader.GetString(0));
        }

        return settings;
    });

    private static async Task<List<T>> EachAsync<T>(SlotWorld world, string shard, Func<DbConnection, DbTransaction, Task<T>> ask)
    {
        var open = new List<(DbConnection Connection, DbTransaction Transaction)>();
        var answers = new List<T>();
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                DbConnection connection = await world.Sources[shard].OpenConnectionAsync(TestToken);
                DbTransaction transaction = await connection.BeginTransactionAsync(TestToken);
                open.Add((connection, transaction));
                answers.Add(await ask(connection, transaction));
            }
        }
        finally
        {
            foreach ((DbConnection connection, DbTransaction transaction) in open)
            {
                await transaction.DisposeAsync();
                await connection.DisposeAsync();
            }
        }

        return answers;
    }
}
