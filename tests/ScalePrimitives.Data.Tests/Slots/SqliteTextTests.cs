using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>SQLite keeps any bytes as text, and drivers make valid text of them: a mover must not.</summary>
public sealed class SqliteTextTests : SqliteSlotTests
{
    private const string Rows = "SELECT hex(name), typeof(name), hex(body), typeof(body) FROM texts ORDER BY hex(name)";

    private static readonly string[] Bytes =
    [
        "41FF42",
        "410042",
        "00",
        "",
        "EDA080", // half a surrogate pair
        "C080", // a zero, too long
        "F09F97BC", // text like any other
        "FEFF0041",
        "EFBBBF41",
    ];

    [Fact]
    public async Task Text_that_is_not_Utf8_arrives_byte_by_byte()
    {
        await using SlotWorld world = await NewTextsAsync();
        for (int i = 0; i < Bytes.Length; i++)
        {
            await world.ExecuteAsync("a", $"INSERT INTO texts VALUES (1, 'row {i}', CAST(x'{Bytes[i]}' AS TEXT))");
        }

        await MoveAsync(world);
        Assert.Equal(Bytes.Select((bytes, i) => $"row {i}|text|{bytes}"), await world.QueryAsync("b", "SELECT name, typeof(body), hex(body) FROM texts ORDER BY name"));
    }

    [Fact]
    public async Task Keys_that_are_not_Utf8_arrive_byte_by_byte()
    {
        await using SlotWorld world = await NewTextsAsync();
        foreach (string bytes in Bytes)
        {
            await world.ExecuteAsync("a", $"INSERT INTO texts VALUES (1, CAST(x'{bytes}' AS TEXT), 'old')");
        }

        int changes = 0;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && changes < Bytes.Length)
            {
                world.ExecuteAsync("a", $"UPDATE texts SET body = 'new' WHERE name = CAST(x'{Bytes[changes++]}' AS TEXT)").GetAwaiter().GetResult();
            }
        });
        await MoveAsync(world, writer);
        Assert.True(changes > 0);
        Assert.Equal(
            Bytes.Select((bytes, i) => $"{bytes}|text|{(i < changes ? "new" : "old")}").Order(StringComparer.Ordinal),
            (await world.QueryAsync("b", "SELECT hex(name), typeof(name), body FROM texts")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_text_that_differs_by_bytes_that_are_not_Utf8_is_found_out()
    {
        await using SlotWorld world = await NewTextsAsync();
        await world.ExecuteAsync("a", "INSERT INTO texts VALUES (1, 'row', CAST(x'41FF42' AS TEXT))");
        world.Migrations = new HookedMigrationStore(world.Migrations, state =>
            state == SlotMigrationState.Verifying ? world.SpoilAsync("b", "UPDATE texts SET body = CAST(x'41FE42' AS TEXT)") : Task.CompletedTask);
        await world.AssertRefusedAsync(world.CoordinatorOf("texts"), Move, "texts");
    }

    [Theory]
    [InlineData("UTF-16le")]
    [InlineData("UTF-16be")]
    public async Task Texts_of_other_encodings_arrive_as_they_were(string encoding)
    {
        await using SlotWorld world = await NewTextsAsync(encoding, encoding);
        await FillAsync(world);
        foreach (string bytes in (string[])["00D8", "D800", "4100FF"]) // half of a pair in one of both, and half of a letter
        {
            await world.ExecuteAsync("a", $"INSERT INTO texts VALUES (1, 'bytes {bytes}', CAST(x'{bytes}' AS TEXT))");
        }

        List<string> rows = await world.QueryAsync("a", Rows);
        await MoveAsync(world);
        Assert.Equal(rows, await world.QueryAsync("b", Rows));
    }

    // The order of texts is that of their bytes, and so another one in another encoding.
    [Theory]
    [InlineData("UTF-8", "UTF-16le")]
    [InlineData("UTF-16be", "UTF-8")]
    [InlineData("UTF-16le", "UTF-16be")]
    public async Task Texts_of_a_database_of_another_encoding_arrive_or_are_refused_by_name(string source, string target)
    {
        await using SlotWorld world = await NewTextsAsync(source, target);
        await FillAsync(world);
        await world.AssertArriveOrRefusedAsync(world.CoordinatorOf("texts"), Move, "SELECT name, typeof(name), body, typeof(body) FROM texts ORDER BY length(body), name", "encoding");
    }

    // What no text of the target's encoding can hold.
    [Fact]
    public async Task Text_that_another_encoding_cannot_hold_is_refused_and_not_changed()
    {
        await using SlotWorld world = await NewTextsAsync("UTF-8", "UTF-16le");
        await world.ExecuteAsync("a", "INSERT INTO texts VALUES (1, 'row', CAST(x'41FF42' AS TEXT))");
        await world.AssertRefusedAsync(world.CoordinatorOf("texts"), Move, "texts");
        Assert.Equal(["41FF42"], await world.QueryAsync("a", "SELECT hex(body) FROM texts"));
    }

    private async Task<SlotWorld> NewTextsAsync(string source = "UTF-8", string target = "UTF-8")
    {
        TestDatabase[] databases = [await NewDatabaseAsync(), await NewDatabaseAsync()];
        foreach ((TestDatabase database, string encoding) in databases.Zip([source, target]))
        {
            await using DbDataSource opened = database.Open();
            await using DbConnection connection = await opened.OpenConnectionAsync(TestToken);
            await SlotWorld.ExecuteAsync(connection, null, $"PRAGMA encoding = '{encoding}'");
            await SlotWorld.ExecuteAsync(connection, null, "CREATE TABLE texts (slot INT NOT NULL, name TEXT NOT NULL, body TEXT, PRIMARY KEY (slot, name))");
        }

        SlotWorld world = await SlotWorld.CreateAsync(databases[0], databases[1]);
        Assert.Equal([source, target], [.. await world.QueryAsync("a", "PRAGMA encoding"), .. await world.QueryAsync("b", "PRAGMA encoding")]);
        world.Options = new SqlSlotMoverOptions { BatchRows = 2 };
        return world;
    }

    private static async Task FillAsync(SlotWorld world)
    {
        foreach (string text in (string[])["", "é", "東京 🗼", "Берлин", "a\0b", new string('x', 10_000)])
        {
            await world.ExecuteAsync("a", "INSERT INTO texts VALUES (1, @p0, @p0)", text);
        }
    }

    // A mover that does not find a key again must not look for it for ever.
    private static async Task MoveAsync(SlotWorld world, Inline? writer = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        await world.CoordinatorOf("texts").RunAsync(Move, writer, patience.Token);
        Assert.Equal(0, await world.CountAsync("a", "texts"));
    }
}
