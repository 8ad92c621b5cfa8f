using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>Orders in slots, the first half of them on shard a and the others on b, and what writes and moves them.</summary>
internal sealed class SlotShards(SqlDialect dialect, DbDataSource a, DbDataSource b)
{
    private static readonly string[] Fill =
    [
        "INSERT INTO orders SELECT n % {1}, n, 1, 'an order of about the length that orders have, number ' || n FROM (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {0}) SELECT n FROM t)",
        "INSERT INTO orders SELECT n % {1}, n, 1, 'an order of about the length that orders have, number ' || n FROM generate_series(1, {0}) AS n",
        "INSERT INTO orders SELECT seq % {1}, seq, 1, CONCAT('an order of about the length that orders have, number ', seq) FROM seq_1_to_{0}",
    ];

    private readonly SqlSlotFence _fence = new(dialect);
    private InMemoryShardMapStore _maps = new();

    /// <summary>Creates all anew: so many slots on each shard, and rows in those of a.</summary>
    /// <param name="slots">How many slots each shard has.</param>
    /// <param name="rows">How many rows a has.</param>
    public async Task CreateAsync(int slots, int rows)
    {
        var map = new ShardMap(2 * slots, ["a", "b"]);
        _maps = new InMemoryShardMapStore();
        await _maps.TryReplaceAsync(map, 0);
        foreach (string id in map.ShardIds)
        {
            if (dialect == SqlDialect.Sqlite)
            {
                await ExecuteAsync(id, "PRAGMA journal_mode = WAL");
            }

            foreach (string table in (string[])["orders", "orders_slot_changes", "slot_fences", "slot_fences_moves"])
            {
                await ExecuteAsync(id, $"DROP TABLE IF EXISTS {table}");
            }

            await ExecuteAsync(id, "CREATE TABLE orders (slot INT NOT NULL, id INT NOT NULL, version BIGINT NOT NULL, body VARCHAR(100) NOT NULL, PRIMARY KEY (slot, id))");
            await _fence.CreateSchemaAsync(Shard(id), map, id);
        }

        await ExecuteAsync("a", string.Format(CultureInfo.InvariantCulture, Fill[(int)dialect], rows, slots));
    }

    /// <summary>Moves slots.</summary>
    /// <param name="move">What to move.</param>
    /// <param name="migrations">Keeps how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<SlotMigrationRecord> MoveAsync(SlotMove move, ISlotMigrationStore migrations, CancellationToken cancellationToken) =>
        new SlotMigration(migrations, _maps, new SqlSlotMover(_fence, [new SlotTable("orders")], Shard), new SlotMigrationOptions { RetireAfter = TimeSpan.Zero }).RunAsync(move, cancellationToken: cancellationToken);

    /// <summary>Changes a row as a service does, in a transaction that asks the fence first, and takes so long.</summary>
    /// <exception cref="SlotFrozenException">The slot is about to move.</exception>
    /// <exception cref="StaleShardMapException">The slot is on the other shard.</exception>
    public async Task WriteAsync(string shardId, int slot, int id, TimeSpan time = default)
    {
        await using DbConnection connection = await Shard(shardId).OpenConnectionAsync();
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        await _fence.EnterAsync(transaction, slot, 1);
        await using DbCommand update = connection.CreateCommand();
        (update.Transaction, update.CommandText) = (transaction, string.Create(CultureInfo.InvariantCulture, $"UPDATE orders SET version = version + 1 WHERE slot = {slot} AND id = {id}"));
        if (await update.ExecuteNonQueryAsync() != 1)
        {
            throw new InvalidDataException($"Row {id} is not where it should be.");
        }

        if (time > TimeSpan.Zero)
        {
            await Task.Delay(time);
        }

        await transaction.CommitAsync();
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string shardId, string statement)
    {
        await using DbCommand command = Shard(shardId).CreateCommand(statement);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private DbDataSource Shard(string id) => id == "a" ? a : b;
}
