using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>
/// A store and processes that hold its workers, each with a clock of its own, under a random schedule: clocks set back and forth, pauses, cut
/// connections, lost answers, kills without release, restarts, orderly releases, and zombies: processes taken for dead that go on issuing. One
/// thread and one seed, so that a schedule can be run again.
/// </summary>
internal sealed class WorkerLeaseSimulation
{
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    // Fewer workers than processes, and units so long that holders who share a window meet in one.
    private static readonly SnowflakeLayout Layout = SnowflakeLayout.Create(
        SnowflakeSamples.Epoch,
        TimeSpan.FromMilliseconds(100),
        SnowflakeField.Unused(19),
        SnowflakeField.Timestamp(40),
        SnowflakeField.Server(2),
        SnowflakeField.Sequence(3));

    private const int Processes = 7;

    private readonly Random _random;
    private readonly Func<WorkerGrant, WorkerGrant> _falsify;
    private readonly ManualTimeProvider _storeClock = new(SnowflakeSamples.Epoch.AddDays(100));
    private readonly InMemoryWorkerLeaseStore _store;
    private readonly List<Process> _running = [];
    private readonly List<Process> _zombies = [];
    private readonly HashSet<long> _issued = [];

    public WorkerLeaseSimulation(int seed, Func<WorkerGrant, WorkerGrant>? falsify = null)
    {
        _random = new Random(seed);
        _falsify = falsify ?? (grant => grant);
        _store = new InMemoryWorkerLeaseStore(_storeClock);
    }

    public int Issued => _issued.Count;

    public int Duplicates { get; private set; }

    /// <summary>Gets how often a process was granted a worker, at its start or for one it had lost.</summary>
    public HashSet<Guid> Tokens { get; } = [];

    public int Refusals { get; private set; }

    public async Task RunAsync(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            await StepAsync();
        }
    }

    private async Task StepAsync()
    {
        if (_running.Count < Processes && _random.Next(4) == 0)
        {
            await StartAsync();
        }

        Pass(TimeSpan.FromMilliseconds(_random.Next(3_000)));
        foreach (Process process in _running.Concat(_zombies).ToArray())
        {
            Draw(process);
            await DisturbAsync(process);
        }
    }

    private async Task StartAsync()
    {
        var clock = new ManualTimeProvider(_storeClock.GetUtcNow().AddMilliseconds(_random.Next(-4_000, 4_000)));
        var store = new InterceptedLeaseStore(_store) { Falsify = _falsify };
        var options = new WorkerLeaseOptions
        {
            Duration = Duration,
            Generator = new SnowflakeOptions { TimeProvider = clock, BorrowLimit = TimeSpan.FromSeconds(1), ClockRollbackTolerance = TimeSpan.FromSeconds(2) },
        };
        try
        {
            _running.Add(new Process(await WorkerLease.AcquireAsync(store, new WorkerSpace("simulated", Layout), options), clock, store));
        }
        catch (InvalidOperationException)
        {
            // Every worker is held.
        }
    }

    /// <summary>Lets time pass for the store and for whoever is not paused; their timers fire.</summary>
    private void Pass(TimeSpan duration)
    {
        _storeClock.Advance(duration);
        foreach (Process process in _running.Concat(_zombies))
        {
            process.Missed += duration;
            if (!process.IsPaused)
            {
                process.Clock.Advance(process.Missed);
                process.Missed = TimeSpan.Zero;
            }
        }
    }

    private void Draw(Process process)
    {
        Tokens.Add(process.Lease.Grant.Token);
        if (process.IsPaused)
        {
            return;
        }

        try
        {
            var batch = new long[_random.Next(1, 100)];
            int count = process.Lease.Generator.Fill(batch);
            Duplicates += batch.AsSpan(0, count).ToArray().Count(id => !_issued.Add(id));
        }
        catch (InvalidOperationException)
        {
            Refusals++;
        }
    }

    private async Task DisturbAsync(Process process)
    {
        switch (_random.Next(40))
        {
            case 0:
                process.Clock.StepWall(TimeSpan.FromMilliseconds(_random.Next(-15_000, 0)));
                break;
            case 1:
                process.Clock.StepWall(TimeSpan.FromMilliseconds(_random.Next(15_000)));
                break;
            case 2 or 3 or 4:
                process.IsPaused = !process.IsPaused;
                break;
            case 5 or 6:
                process.Store.IsCut = !process.Store.IsCut;
                break;
            case 7:
                process.Store.LosesAnswers = !process.Store.LosesAnswers;
                break;
            case 8:
                _running.Remove(process);
                _zombies.Remove(process); // killed
                break;
            case 9 when _running.Remove(process):
                process.Store.IsCut = true; // taken for dead
                _zombies.Add(process);
                break;
            case 10 when _running.Remove(process):
                await process.Lease.DisposeAsync();
                _zombies.Add(process); // whatever it does from here on
                break;
        }
    }

    private sealed class Process(WorkerLease lease, ManualTimeProvider clock, InterceptedLeaseStore store)
    {
        public WorkerLease Lease => lease;

        public ManualTimeProvider Clock => clock;

        public InterceptedLeaseStore Store => store;

        public bool IsPaused { get; set; }

        public TimeSpan Missed { get; set; }
    }
}
