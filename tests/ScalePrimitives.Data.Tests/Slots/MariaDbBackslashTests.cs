using System.Text;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What a backslash in a literal means is a setting of the session and an option of the driver. Values of rows must never become SQL.</summary>
public sealed class MariaDbBackslashTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    private const string Plain = ";No Backslash Escapes=true";

    private static readonly string[] Texts =
    [
        @"x\'); CREATE TABLE pwned (i int); -- ",
        @"x\', 1, 1), (1, 99, 1, ' -- ",
        @"C:\new",
        @"\",
        @"\\",
        "it's",
        @"\'",
        "\"",
        "line\nbreak\0",
    ];

    [Theory]
    [InlineData("DEFAULT", "")]
    [InlineData("'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'", Plain)]
    public async Task Texts_arrive_as_they_were_whatever_a_backslash_means(string mode, string connection)
    {
        await using IAsyncDisposable setting = await SetAsync("sql_mode", mode);
        await using SlotWorld world = await NewWorldAsync(connection);
        await world.ExecuteEverywhereAsync("CREATE TABLE texts (slot INT NOT NULL, name VARCHAR(100) NOT NULL, body VARCHAR(200), bytes VARBINARY(200), PRIMARY KEY (slot, name))");
        foreach (string text in Texts)
        {
            await world.ExecuteAsync("a", "INSERT INTO texts VALUES (1, @p0, @p0, @p1)", text, Encoding.UTF8.GetBytes(text));
        }

        int changes = 0;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && changes < Texts.Length)
            {
                world.ExecuteAsync("a", "UPDATE texts SET body = CONCAT(body, @p0) WHERE name = @p1", @"\", Texts[changes++]).GetAwaiter().GetResult();
            }
        });
        world.Options = new SqlSlotMoverOptions { BatchRows = 2 };
        await world.CoordinatorOf("texts").RunAsync(Move, writer, TestToken);
        Assert.True(changes > 0);
        IEnumerable<string> expected = Texts.Select((text, i) => $"{Hex(text)}|{Hex(i < changes ? text + @"\" : text)}|{Hex(text)}").Order(StringComparer.Ordinal);
        Assert.Equal(expected, (await world.QueryAsync("b", "SELECT HEX(name), HEX(body), HEX(bytes) FROM texts")).Order(StringComparer.Ordinal));
        Assert.Equal(0, await world.CountAsync("b", "information_schema.TABLES", "TABLE_NAME = 'pwned'"));
    }

    [Theory]
    [InlineData("'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'", "", "")]
    [InlineData("'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'", Plain, "")]
    [InlineData("'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'", "", Plain)]
    [InlineData("DEFAULT", Plain, Plain)]
    [InlineData("DEFAULT", "", Plain)]
    public async Task A_driver_that_does_not_agree_with_its_session_is_refused(string mode, string source, string target)
    {
        await using IAsyncDisposable setting = await SetAsync("sql_mode", mode);
        await using SlotWorld world = await SlotWorld.CreateAsync(await NewDatabaseAsync(source), await NewDatabaseAsync(target));
        await world.FillAsync("a", 1, 3);
        await world.AssertRefusedAsync(world.Coordinator(), Move, "backslash");
        Assert.Equal(3, await world.CountAsync("a", "orders", "slot = 1"));
        Assert.Equal(0, await world.CountAsync("b", "orders"));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));
}
