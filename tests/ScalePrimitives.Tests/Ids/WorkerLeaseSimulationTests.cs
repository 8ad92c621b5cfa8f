using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>Random schedules over many workers: no id twice; and some, once the fence is taken away.</summary>
public class WorkerLeaseSimulationTests
{
    private const int Schedules = 150;
    private const int Steps = 200;

    [Fact]
    public async Task No_schedule_of_rollback_pause_partition_kill_zombie_and_skew_repeats_an_id()
    {
        (int issued, int grants, int refusals) = (0, 0, 0);
        for (int seed = 0; seed < Schedules; seed++)
        {
            var simulation = new WorkerLeaseSimulation(seed);
            await simulation.RunAsync(Steps);
            Assert.True(simulation.Duplicates == 0, $"seed {seed}: {simulation.Duplicates} duplicates");
            (issued, grants, refusals) = (issued + simulation.Issued, grants + simulation.Tokens.Count, refusals + simulation.Refusals);
        }

        // The schedules do reach what they are for.
        Assert.True(issued > Schedules * 1_000, $"{issued} ids");
        Assert.True(grants > Schedules * 8, $"{grants} grants");
        Assert.True(refusals > Schedules * 10, $"{refusals} refusals");
    }

    [Fact]
    public Task Without_the_end_of_the_window_ids_are_repeated() =>
        AssertRepeats(grant => grant with { NotAfter = grant.NotAfter.AddDays(1) });

    [Fact]
    public Task Without_the_start_of_the_window_ids_are_repeated() =>
        AssertRepeats(grant => grant with { NotBefore = grant.NotBefore - WorkerLeaseSimulation.Duration });

    private static async Task AssertRepeats(Func<WorkerGrant, WorkerGrant> falsify)
    {
        int duplicates = 0;
        for (int seed = 0; seed < Schedules && duplicates == 0; seed++)
        {
            var simulation = new WorkerLeaseSimulation(seed, falsify);
            await simulation.RunAsync(Steps);
            duplicates += simulation.Duplicates;
        }

        Assert.NotEqual(0, duplicates);
    }
}
