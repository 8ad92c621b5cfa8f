using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests;

/// <summary>The ids that a <see cref="ShardMap"/> allows are kept as they are, on each engine, whatever the character set of the database.</summary>
public sealed class IdTests(PostgresServer postgres, LatinMariaDbServer mariaDb) : EveryEngine(postgres, mariaDb), IClassFixture<LatinMariaDbServer>
{
    // Of the same letters to one collation or another: case, accents, blanks at the end, composed or not, letters beyond 16 bits.
    private static readonly string[] Ids =
    [
        "a", "A", "á", "a ", " a", "a  ", " ", "a\t", "a\u0301", "Берлин", "берлин", "Берлин ", "??????", "ß", "ss", "東京", "shard 🗄 1", "shard 🗃 1", "a'b", "a\\", "a\\b", "%", "_", "\u0001", "\uFEFFa",
        new string('я', 511) + "a", new string('я', 511) + "b", new string('w', 1_024), "\uFFFF",
    ];

    private static readonly string[] NotIds = ["", "a\0", "\uD800", "a\uDC00b", new string('w', 1_025), new string('я', 513)];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task The_operation_of_each_shard_is_its_own(SqlDialect dialect)
    {
        await using DbDataSource source = await NewSourceAsync(dialect);
        var store = new SqlShardOperationStore(source, dialect);
        await store.CreateSchemaAsync(TestToken);
        for (int i = 0; i < Ids.Length; i++)
        {
            Assert.Equal(Ids[..i], await store.ListFinishedAsync("x", [.. Ids], TestToken));
            await store.FinishAsync("x", Ids[i], TestToken);
            await store.FinishAsync("x", Ids[i], TestToken);
        }

        Assert.Equal(Ids, await store.ListFinishedAsync("x", [.. Ids], TestToken));
        foreach (string id in NotIds)
        {
            await Assert.ThrowsAsync<ArgumentException>("shardId", async () => await store.FinishAsync("x", id, TestToken));
            await Assert.ThrowsAsync<ArgumentException>("shardIds", async () => await store.ListFinishedAsync("x", ["a", id], TestToken));
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task The_record_of_a_migration_names_the_same_shards(SqlDialect dialect)
    {
        await using DbDataSource source = await NewSourceAsync(dialect);
        var store = new SqlSlotMigrationStore(source, dialect);
        await store.CreateSchemaAsync(TestToken);
        foreach ((string from, string to) in Ids.Zip(Ids[1..]))
        {
            var written = new SlotMigrationRecord(Guid.NewGuid(), from, new SlotMove([1], from, to), 2, SlotMigrationState.Copying, 1, 1);
            Assert.True(await store.TryWriteAsync(written, TestToken));
            SlotMigrationRecord read = (await store.ReadAsync(written.Id, TestToken))!;
            Assert.Equal((from, from, to), (read.MapId, read.Move.From, read.Move.To));
        }

        foreach (string id in NotIds[1..])
        {
            var record = new SlotMigrationRecord(Guid.NewGuid(), "m", new SlotMove([1], "a", "b"), 2, SlotMigrationState.Copying, 1, 1);
            foreach (SlotMigrationRecord wrong in (SlotMigrationRecord[])[record with { MapId = id }, record with { Move = new SlotMove([1], id, "b") }, record with { Move = new SlotMove([1], "a", id) }])
            {
                await Assert.ThrowsAsync<ArgumentException>("migration", async () => await store.TryWriteAsync(wrong, TestToken));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task The_map_of_each_id_is_its_own_and_names_the_same_shards(SqlDialect dialect)
    {
        await using DbDataSource source = await NewSourceAsync(dialect);
        await new SqlShardMapStore(source, dialect).CreateSchemaAsync(TestToken);
        foreach (string id in Ids)
        {
            var store = new SqlShardMapStore(source, dialect, id);
            Assert.Null(await store.ReadAsync(cancellationToken: TestToken));
            Assert.True(await store.TryReplaceAsync(new ShardMap(64, Ids, id), 0, TestToken));
            Assert.False(await store.TryReplaceAsync(new ShardMap(64, Ids, id), 0, TestToken));
        }

        foreach (string id in Ids)
        {
            ShardMap read = (await new SqlShardMapStore(source, dialect, id).ReadAsync(cancellationToken: TestToken))!;
            Assert.Equal(id, read.Id);
            Assert.Equal(Ids.Order(StringComparer.Ordinal), read.ShardIds);
        }

        foreach (string id in NotIds)
        {
            Assert.Throws<ArgumentException>("mapId", () => new SqlShardMapStore(source, dialect, id));
        }
    }

    [Fact]
    public async Task A_table_that_would_lose_letters_is_refused_with_the_way_to_mend_it()
    {
        await using DbDataSource source = await NewSourceAsync(SqlDialect.MySql);
        var store = new SqlSlotMigrationStore(source, SqlDialect.MySql);
        await store.CreateSchemaAsync(TestToken);
        await ExecuteAsync(source, "ALTER TABLE slot_migrations CONVERT TO CHARACTER SET latin1");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => store.CreateSchemaAsync(TestToken));
        const string mend = "ALTER TABLE slot_migrations CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
        Assert.Contains(mend, refused.Message, StringComparison.Ordinal);
        await ExecuteAsync(source, mend);
        await store.CreateSchemaAsync(TestToken);
    }

    private static async Task ExecuteAsync(DbDataSource source, string statement)
    {
        await using DbCommand command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestToken);
    }

    private async Task<DbDataSource> NewSourceAsync(SqlDialect dialect) => (await NewDatabaseAsync(dialect)).Open();
}
