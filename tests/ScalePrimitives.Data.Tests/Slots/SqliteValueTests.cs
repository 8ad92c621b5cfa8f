using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>In SQLite each value has a type of its own, which is part of it.</summary>
public sealed class SqliteValueTests : SqliteSlotTests
{
    private const string Rows = "SELECT id, typeof(anything), quote(anything), typeof(number), quote(number), typeof(words), quote(words) FROM things ORDER BY id";

    private static readonly string[] Values =
    [
        "NULL", "x''", "''", "zeroblob(3)", "x'27275C00FF'", "CAST(x'27275C00FF' AS TEXT)", "5", "5.0", "'5'", "x'35'", "'5.0'", "-0.0", "9e999", "-9e999", "9007199254740993", "'9007199254740993'",
        "0.1", "1e-320", "'1e500'", "' 5'", "'0x10'", "TRUE",
    ];

    [Fact]
    public async Task Values_of_every_type_in_columns_of_every_affinity_arrive_as_they_were()
    {
        await using SlotWorld world = await NewThingsAsync();
        for (int i = 0; i < Values.Length; i++)
        {
            await world.ExecuteAsync("a", $"INSERT INTO things VALUES (1, {i}, {Values[i]}, {Values[i]}, {Values[i]})");
        }

        List<string> rows = await world.QueryAsync("a", Rows);
        await world.CoordinatorOf("things").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(rows, await world.QueryAsync("b", Rows));
    }

    [Fact]
    public async Task Large_blobs_and_texts_arrive_as_they_were()
    {
        await using SlotWorld world = await NewThingsAsync();
        await world.ExecuteAsync("a", "INSERT INTO things VALUES (1, 1, zeroblob(3000000), randomblob(1000000), hex(randomblob(1000000))), (1, 2, zeroblob(0), x'00', 'x')");
        List<string> rows = await world.QueryAsync("a", Rows);
        await world.CoordinatorOf("things").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(rows, await world.QueryAsync("b", Rows));
    }

    [Theory]
    [InlineData("zeroblob(3000000)", "zeroblob(2999999)")]
    [InlineData("x'35'", "'5'")]
    [InlineData("5", "5.0")]
    [InlineData("x''", "''")]
    [InlineData("''", "NULL")]
    [InlineData("CAST(x'410042' AS TEXT)", "'A'")]
    public async Task A_copy_that_differs_by_type_or_length_is_found_out(string value, string spoiled)
    {
        await using SlotWorld world = await NewThingsAsync();
        await world.ExecuteAsync("a", $"INSERT INTO things VALUES (1, 1, {value}, 1, 'one')");
        world.Migrations = new HookedMigrationStore(world.Migrations, state =>
            state == SlotMigrationState.Verifying ? world.SpoilAsync("b", $"UPDATE things SET anything = {spoiled}") : Task.CompletedTask);
        await world.AssertRefusedAsync(world.CoordinatorOf("things"), Move, "things");
    }

    private async Task<SlotWorld> NewThingsAsync()
    {
        SlotWorld world = await NewWorldAsync();
        await world.ExecuteEverywhereAsync("CREATE TABLE things (slot INT NOT NULL, id INTEGER NOT NULL, anything, number NUMERIC, words TEXT, PRIMARY KEY (slot, id))");
        return world;
    }
}
