using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>The generator of a lease does what every generator does, and hands over between workers while threads draw.</summary>
public class WorkerLeaseContractTests : WaitingIdGeneratorContractTests<long>
{
    [Fact]
    public void Threads_that_draw_while_the_worker_changes_never_get_the_same_id_and_each_sees_them_rise()
    {
        const int Threads = 3;
        const int PerThread = 100_000;
        var clock = new ManualTimeProvider();
        var layout = SnowflakeLayout.Create(SnowflakeSamples.Epoch, SnowflakeSamples.Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Server(4), SnowflakeField.Sequence(18));
        var window = new WorkerGrant(0, Guid.NewGuid(), clock.GetUtcNow(), clock.GetUtcNow().AddMinutes(10));
        using var generator = new SnowflakeGenerator(new SnowflakeOptions { TimeProvider = clock, BorrowLimit = TimeSpan.FromMinutes(5) }, layout, window);
        long[][] drawn = Race.Run(Threads + 1, thread =>
        {
            var ids = new long[thread == Threads ? 0 : PerThread];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = generator.Next();
            }

            for (int change = 1; thread == Threads && change <= 2_000; change++)
            {
                generator.Replace(window with { Worker = change % 16 });
            }

            return ids;
        });
        Assert.All(drawn, ids => Assert.Equal(ids.Order(), ids));
        Assert.Equal(Threads * PerThread, drawn.SelectMany(ids => ids).ToHashSet().Count);
        Assert.Throws<InvalidOperationException>(() =>
        {
            generator.Close();
            generator.Next();
        });
    }

    protected override IIdGenerator<long> CreateReady() => Create(out _);

    protected override IIdGenerator<long> CreateWaiting()
    {
        IIdGenerator<long> generator = Create(out ManualTimeProvider clock);
        clock.StepWall(TimeSpan.FromMinutes(-1)); // before the window
        return generator;
    }

    private static IIdGenerator<long> Create(out ManualTimeProvider clock)
    {
        clock = new ManualTimeProvider();
        var store = new InMemoryWorkerLeaseStore(clock);
        var options = new WorkerLeaseOptions { Generator = new SnowflakeOptions { TimeProvider = clock, BorrowLimit = TimeSpan.FromSeconds(10) } };
        Task<WorkerLease> lease = WorkerLease.AcquireAsync(store, new WorkerSpace("contract", SnowflakeSamples.Wide), options);
        Assert.True(lease.IsCompletedSuccessfully); // the store in memory never waits
        return lease.GetAwaiter().GetResult().Generator;
    }
}
