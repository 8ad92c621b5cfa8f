using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What tests of slots that move have in common, on every engine.</summary>
public abstract class SlotContract
{
    protected static readonly SlotMove Move = new([1, 2], "a", "b");

    protected static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    private protected Task<SlotWorld> NewWorldAsync() => NewWorldAsync(SlotWorld.Slots, shards: 2);

    private protected async Task<SlotWorld> NewWorldAsync(int slots, int shards)
    {
        var databases = new TestDatabase[shards];
        for (int i = 0; i < shards; i++)
        {
            databases[i] = await NewDatabaseAsync();
        }

        return await SlotWorld.CreateAsync(slots, databases);
    }

    /// <summary>Begins the move and stops it in a state.</summary>
    private protected static async Task<SlotMigrationRecord> StopAtAsync(SlotWorld world, SlotMigrationState state, SlotMove? move = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestToken);
        var stopping = new Inline(progress =>
        {
            if (progress.State == state && (state != SlotMigrationState.Copying || progress.Rows > 0))
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Coordinator().RunAsync(move ?? Move, stopping, stop.Token));
        return Assert.Single(await world.Migrations.ListUnfinishedAsync(TestToken));
    }

    /// <summary>Moves texts of which one changes by case alone while both copies are compared, with keys that take both for the same.</summary>
    private protected static async Task MoveWhileCaseChangesAsync(SlotWorld world, string collation)
    {
        await world.ExecuteEverywhereAsync($"CREATE TABLE items (slot INT NOT NULL, title VARCHAR(50) {collation} NOT NULL, PRIMARY KEY (slot, title))");
        await world.ExecuteAsync("a", "INSERT INTO items VALUES (1, 'a'), (1, 'b'), (1, 'c')");
        var written = new Once(() => world.ExecuteAsync("a", "UPDATE items SET title = 'A' WHERE title = 'a'"));
        world.Migrations = new HookedMigrationStore(world.Migrations, state => state == SlotMigrationState.Verifying ? written.RunAsync() : Task.CompletedTask);
        await world.CoordinatorOf("items").RunAsync(Move, cancellationToken: TestToken);
        Assert.Equal(["1|A", "1|b", "1|c"], await world.RowsAsync("b", "items", 1));
    }

    /// <summary>Does what the remedies of a check say, word for word, until nothing is in the way.</summary>
    /// <returns>What was in the way at first.</returns>
    private protected static async Task<List<SlotMoveFinding>> FollowAsync(SlotWorld world, SqlSlotMover mover)
    {
        List<SlotMoveFinding> followed = [];
        for (int round = 0; round < 5; round++)
        {
            SlotMoveFinding[] obstacles = [.. (await mover.CheckAsync([Move], TestToken)).Findings.Where(finding => finding.PreventsMove)];
            if (obstacles.Length == 0)
            {
                return followed;
            }

            Remedies.AssertCanBeCopied(obstacles);
            foreach (SlotMoveFinding obstacle in obstacles)
            {
                followed.Add(obstacle);
                await world.ExecuteAsync(obstacle.ShardId, obstacle.Remedy);
            }
        }

        Assert.Fail(string.Join(Environment.NewLine, followed));
        return followed;
    }

    /// <summary>Is told at once, on the mover's own thread, while it waits.</summary>
    internal sealed class Inline(Action<SlotMigrationProgress> report) : IProgress<SlotMigrationProgress>
    {
        private Action<SlotMigrationProgress> _report = report;

        public void Then(Action<SlotMigrationProgress> next) => _report += next;

        public void Report(SlotMigrationProgress value) => _report(value);
    }
}
