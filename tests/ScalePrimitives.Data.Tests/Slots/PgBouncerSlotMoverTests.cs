using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Movers behind a pool that gives each transaction another connection.</summary>
public sealed class PgBouncerSlotMoverTests(PgBouncerServer server) : SlotContract, IClassFixture<PgBouncerServer>
{
    [Fact]
    public async Task Slots_move_there_and_back_while_they_are_written()
    {
        await using SlotWorld world = await NewWorldAsync();
        await world.FillAsync("a", 1, 30);
        foreach ((SlotMove move, long epoch) in ((SlotMove, long)[])[(Move, 1), (new SlotMove([1, 2], "b", "a"), 2)])
        {
            int writes = 0;
            await world.Coordinator().RunAsync(move, new Inline(progress =>
            {
                if (progress.State <= SlotMigrationState.Verifying && writes < 20)
                {
                    writes++;
                    world.WriteAsync(move.From, 1, epoch, $"INSERT INTO orders VALUES (1, {(epoch * 100) + writes}, 1, 'late')").GetAwaiter().GetResult();
                }
            }), TestToken);
            Assert.True(writes > 5, $"{writes}");
            Assert.Equal(writes, await world.CountAsync(move.To, "orders", $"id > {epoch * 100}"));
            Assert.Equal((0, 60), (await world.CountAsync(move.From, "orders"), await world.CountAsync(move.To, "order_lines")));
        }

        await world.AssertNothingIsLeftAsync();
    }

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
