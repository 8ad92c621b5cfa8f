using System.Globalization;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>No statement, and no value that an expression makes, is larger than <c>max_allowed_packet</c>: the first fails, the second is null and tells nobody.</summary>
public sealed class MariaDbPacketTests(MariaDbServer server) : MariaDbSlotTests(server)
{
    private const int Packet = 1 << 20;

    private const string Rows = "SELECT slot, id, LENGTH(body), MD5(body), LENGTH(words), MD5(words) FROM documents ORDER BY slot, id";

    [Fact]
    public async Task Values_above_half_of_a_packet_arrive_as_they_were()
    {
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(Packet));
        await using SlotWorld world = await NewDocumentsAsync();
        await world.ExecuteAsync("a", $"INSERT INTO documents VALUES (1, 1, REPEAT(x'01FF', {Packet / 3}), NULL)");
        await world.ExecuteAsync("a", $"INSERT INTO documents VALUES (1, 2, NULL, REPEAT('é', {Packet / 3}))");
        await world.ExecuteAsync("a", $"INSERT INTO documents VALUES (2, 3, 'small', REPEAT('x', {Packet / 3 * 2}))");
        await MoveAllAsync(world);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task A_copy_of_a_value_above_half_of_a_packet_that_differs_is_found_out(int packets)
    {
        int size = packets * Packet;
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(size));
        await using SlotWorld world = await NewDocumentsAsync();
        await world.ExecuteAsync("a", $"INSERT INTO documents VALUES (1, 1, REPEAT('x', {size / 9 * 5}), 'words')");
        world.Migrations = new HookedMigrationStore(world.Migrations, state =>
            state == SlotMigrationState.Verifying ? world.SpoilAsync("b", $"UPDATE documents SET body = REPEAT('y', {size / 9 * 5})") : Task.CompletedTask);
        SlotMigration coordinator = world.CoordinatorOf("documents");
        await world.AssertRefusedAsync(coordinator, Move, "documents");
        Assert.Equal(1, await world.CountAsync("a", "documents", $"LENGTH(body) = {size / 9 * 5}"));
    }

    // Each value fits into a packet, as a service would write one after the other; the row does not, nor does what a quote is escaped to.
    [Theory]
    [InlineData("REPEAT('x', 900000)", "REPEAT('y', 900000)")]
    [InlineData("REPEAT(x'27', 900000)", "NULL")]
    [InlineData("NULL", "REPEAT('''', 900000)")]
    public async Task A_row_above_a_whole_packet_arrives_as_it_was_or_is_refused_with_the_reason(string body, string words)
    {
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(Packet));
        await using SlotWorld world = await NewDocumentsAsync();
        await world.ExecuteAsync("a", "INSERT INTO documents VALUES (1, 1, NULL, NULL), (1, 2, 'small', 'words')");
        await world.ExecuteAsync("a", $"UPDATE documents SET body = {body} WHERE id = 1");
        await world.ExecuteAsync("a", $"UPDATE documents SET words = {words} WHERE id = 1");
        await MoveAllOrRefuseAsync(world);
    }

    // Written while the server took larger ones: it can be read, but no statement that writes it passes.
    [Fact]
    public async Task A_value_above_a_whole_packet_arrives_as_it_was_or_is_refused_with_the_reason()
    {
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(16 * Packet));
        await using SlotWorld world = await NewDocumentsAsync();
        await world.ExecuteAsync("a", $"INSERT INTO documents VALUES (1, 1, REPEAT('x', {3 * Packet}), 'words')");
        await Server.ExecuteAsync(null, $"SET GLOBAL max_allowed_packet = {Packet}");
        foreach ((string shard, TestDatabase database) in world.Databases)
        {
            await world.Sources[shard].DisposeAsync();
            world.Sources[shard] = database.Open(); // with connections that know the new limit
        }

        await MoveAllOrRefuseAsync(world);
    }

    [Fact]
    public async Task Rows_that_fill_several_packets_move_in_batches_that_fit()
    {
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(Packet));
        await using SlotWorld world = await NewDocumentsAsync();
        world.Options = new SqlSlotMoverOptions();
        await world.ExecuteAsync("a", "INSERT INTO documents SELECT 1, seq, REPEAT('x', 3000), NULL FROM seq_1_to_1500");
        await MoveAllAsync(world);
    }

    [Fact]
    public async Task What_is_written_meanwhile_is_copied_again_in_batches_that_fit()
    {
        await using IAsyncDisposable packet = await SetAsync("max_allowed_packet", Text(Packet));
        await using SlotWorld world = await NewDocumentsAsync();
        world.Options = new SqlSlotMoverOptions { BatchRows = 50 };
        await world.ExecuteAsync("a", "INSERT INTO documents SELECT 1, seq, REPEAT('x', 10), NULL FROM seq_1_to_700");
        bool isWritten = false;
        var writer = new Inline(progress =>
        {
            if (progress.State == SlotMigrationState.Copying && progress.Rows > 0 && !isWritten)
            {
                isWritten = true;
                world.ExecuteAsync("a", "UPDATE documents SET body = REPEAT('y', 3000)").GetAwaiter().GetResult();
            }
        });
        await MoveAllAsync(world, writer);
        Assert.Equal(700, await world.CountAsync("b", "documents", "body LIKE 'y%'"));
    }

    private async Task<SlotWorld> NewDocumentsAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE documents (slot INT NOT NULL, id INT NOT NULL, body LONGBLOB, words LONGTEXT, PRIMARY KEY (slot, id))");
        return world;
    }

    private static async Task MoveAllAsync(SlotWorld world, Inline? writer = null)
    {
        List<string> rows = [];
        writer ??= new Inline(_ => { });
        world.Migrations = new HookedMigrationStore(world.Migrations, async state => rows = state == SlotMigrationState.Published ? await world.QueryAsync("a", Rows) : rows);
        await world.CoordinatorOf("documents").RunAsync(Move, writer, TestToken);
        Assert.NotEmpty(rows);
        Assert.Equal(rows, await world.QueryAsync("b", Rows));
        Assert.Equal(0, await world.CountAsync("a", "documents"));
    }

    private static Task MoveAllOrRefuseAsync(SlotWorld world) => world.AssertArriveOrRefusedAsync(world.CoordinatorOf("documents"), Move, Rows, "max_allowed_packet");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
