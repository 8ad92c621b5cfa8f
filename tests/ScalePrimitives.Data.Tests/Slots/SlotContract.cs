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

    /// <summary>Is told at once, on the mover's own thread, while it waits.</summary>
    internal sealed class Inline(Action<SlotMigrationProgress> report) : IProgress<SlotMigrationProgress>
    {
        private Action<SlotMigrationProgress> _report = report;

        public void Then(Action<SlotMigrationProgress> next) => _report += next;

        public void Report(SlotMigrationProgress value) => _report(value);
    }
}
