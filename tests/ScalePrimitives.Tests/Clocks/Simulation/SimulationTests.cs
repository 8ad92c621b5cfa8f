namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>A store under leases, with two keys and messages under way: with every precaution, with one and with none.</summary>
public class SimulationTests
{
    private const int Seeds = 200;
    private const int Steps = 200;

    private delegate Task<bool> Operation(ReplicatedStore store);

    [Theory]
    [InlineData(3, 25)]
    [InlineData(4, 25)]
    [InlineData(5, 25)]
    [InlineData(3, 90)] // nearly every message comes again, and late
    public async Task Under_leases_replicas_keep_exactly_the_maximal_events_and_have_no_loss_to_find(int replicas, int percentRepeated)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            (string? found, ReplicatedStore store) = await RunAsync(Precautions.Both, seed, replicas, percentRepeated);
            Assert.True(found is null, $"seed {seed}: {found}");
            Assert.True((store.Refused, store.LossesFound) == (0, 0), $"seed {seed}: with an epoch after each crash, {store.LossesFound} losses were found and {store.Refused} writes refused");
        }
    }

    // Found before a write that would take a lost dot again, a loss is harmless: but no check can know of what only messages under way still hold.
    [Fact]
    public async Task A_check_for_lost_events_saves_some_histories_and_not_all()
    {
        int withNone = await CountLossesAsync(Precautions.None);
        int withCheck = await CountLossesAsync(Precautions.CheckForLoss);
        Assert.Equal(0, await CountLossesAsync(Precautions.EpochAfterCrash));
        Assert.InRange(withCheck, 1, withNone - 1);

        static async Task<int> CountLossesAsync(Precautions precautions)
        {
            int count = 0;
            for (int seed = 0; seed < Seeds; seed++)
            {
                (string? found, _) = await RunAsync(precautions, seed, replicas: 3, percentRepeated: 25);
                count += found is null ? 0 : 1;
            }

            return count;
        }
    }

    [Fact]
    public async Task Every_short_history_under_leases_keeps_exactly_the_maximal_events()
    {
        (string[]? found, int histories) = await SearchAsync(Precautions.Both, depth: 6);
        Assert.Null(found);
        Assert.True(histories > 50_000, $"{histories} histories");
    }

    // The write after the crash takes the dot of the lost one, which a client has read: its next write erases what it has not read.
    [Theory]
    [InlineData(Precautions.None)]
    [InlineData(Precautions.CheckForLoss)] // too late: nothing came in between the crash and the write
    public async Task Without_an_epoch_after_a_crash_the_shortest_harmful_history_is_this(Precautions precautions)
    {
        Assert.Null((await SearchAsync(precautions, depth: 4)).Found);
        Assert.Equal("blind 0, get 0, amnesia 0, blind 0, put 0", string.Join(", ", (await SearchAsync(precautions, depth: 5)).Found ?? []));
    }

    private static async Task<(string? Found, ReplicatedStore Store)> RunAsync(Precautions precautions, int seed, int replicas, int percentRepeated)
    {
        var random = new Random(seed);
        ReplicatedStore store = await ReplicatedStore.StartAsync(precautions, replicas, clients: 3, keys: 2);
        int walls = 0; // replicas whose bit differs cannot reach each other
        for (int step = 0; step < Steps; step++)
        {
            walls = random.Next(25) switch { 0 => random.Next(1 << replicas), 1 => 0, _ => walls };
            await StepAsync(store, random, walls, percentRepeated);
            if (store.Disagreement is not null)
            {
                return ($"step {step}: {store.Disagreement}", store);
            }
        }

        return (await store.HealAsync(), store);
    }

    private static async Task StepAsync(ReplicatedStore store, Random random, int walls, int percentRepeated)
    {
        int replica = random.Next(store.Replicas);
        int client = random.Next(store.Clients);
        int key = random.Next(store.Keys);
        int message = random.Next(Math.Max(1, store.Messages)); // any of them: late ones are overtaken
        int operation = random.Next(20);
        _ = operation switch
        {
            < 4 => store.Get(replica, client, key),
            < 7 => await store.PutAsync(replica, client, key),
            < 8 => await store.PutBlindAsync(replica, key),
            < 9 => await store.DeleteAsync(replica, client, key),
            < 13 => store.Send(replica, random.Next(store.Replicas), key),
            < 17 => store.Messages > 0 && await store.DeliverAsync(message, again: random.Next(100) < percentRepeated, walls),
            < 18 => store.Messages > 0 && store.Lose(message),
            < 19 => store.Save(replica),
            _ => await store.CrashAsync(replica, losesState: random.Next(2) == 0),
        };
    }

    // Depth first; an operation that does nothing is not followed. Messages are never taken off: they come in any order, again, or not at all.
    private static async Task<(string[]? Found, int Histories)> SearchAsync(Precautions precautions, int depth)
    {
        int histories = 0;
        return (await VisitAsync(await ReplicatedStore.StartAsync(precautions, replicas: 2, clients: 1, keys: 1), []), histories);

        async Task<string[]?> VisitAsync(ReplicatedStore store, string[] path)
        {
            foreach ((string name, Operation apply) in OperationsOn(store))
            {
                ReplicatedStore next = store.Fork();
                if (!await apply(next))
                {
                    continue;
                }

                histories++;
                string[] longer = [.. path, name];
                string[]? found = next.Disagreement is not null ? longer : longer.Length < depth ? await VisitAsync(next, longer) : null;
                if (found is not null)
                {
                    return found;
                }
            }

            return null;
        }
    }

    private static IEnumerable<(string Name, Operation Apply)> OperationsOn(ReplicatedStore store)
    {
        for (int i = 0; i < store.Replicas; i++)
        {
            int replica = i;
            yield return ($"get {replica}", next => Task.FromResult(next.Get(replica, 0, 0)));
            yield return ($"put {replica}", next => next.PutAsync(replica, 0, 0));
            yield return ($"blind {replica}", next => next.PutBlindAsync(replica, 0));
            yield return ($"delete {replica}", next => next.DeleteAsync(replica, 0, 0));
            yield return ($"send {replica}", next => Task.FromResult(next.Send(replica, 1 - replica, 0)));
            yield return ($"save {replica}", next => Task.FromResult(next.Save(replica)));
            yield return ($"amnesia {replica}", next => next.CrashAsync(replica, losesState: true));
        }

        for (int i = 0; i < store.Messages; i++)
        {
            int message = i;
            yield return ($"deliver {message}", next => next.DeliverAsync(message, again: true));
        }
    }
}
