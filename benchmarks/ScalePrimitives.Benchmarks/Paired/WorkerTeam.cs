using System.Diagnostics;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>The threads that run a contender together: the caller's and as many more as are asked for. Not thread-safe.</summary>
internal sealed class WorkerTeam : IDisposable
{
    private static readonly TimeSpan LongestBackgroundWork = TimeSpan.FromSeconds(5);

    private readonly Barrier _gathering;
    private readonly List<Thread> _others = [];
    private readonly long[] _starts;
    private readonly long[] _ends;
    private Contender? _contender; // null sends the workers home
    private int _operations;
    private int _arrivals;
    private long _sum;

    public WorkerTeam(int threads)
    {
        _gathering = new Barrier(threads);
        _starts = new long[threads];
        _ends = new long[threads];
        for (int i = 1; i < threads; i++)
        {
            int worker = i;
            var other = new Thread(() => Work(worker)) { IsBackground = true, Name = $"Worker {worker}" };
            other.Start();
            _others.Add(other);
        }
    }

    /// <summary>Gets the sum of all that contenders returned, which keeps their work from being optimised away.</summary>
    public long Sum => _sum;

    private int Threads => _starts.Length;

    /// <summary>Runs a contender on every thread.</summary>
    /// <param name="contender">The contender.</param>
    /// <param name="operations">How many operations each thread does.</param>
    public Lap Run(Contender contender, int operations)
    {
        for (int worker = 0; worker < Threads; worker++)
        {
            contender.Prepare(worker, operations);
        }

        // Some caches do their work on threads of the pool: what one left to do there must not fall into the time of the next.
        SpinWait.SpinUntil(IsPoolIdle, LongestBackgroundWork);
        (_contender, _operations, _arrivals) = (contender, operations, 0);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        _gathering.SignalAndWait();
        RunAs(worker: 0);
        _gathering.SignalAndWait();
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new Lap(Stopwatch.GetElapsedTime(_starts.Min(), _ends.Max()), Threads, (long)operations * Threads, allocated);
    }

    public void Dispose()
    {
        _contender = null;
        _gathering.SignalAndWait();
        _others.ForEach(other => other.Join()); // or one could still be on its way out of the barrier
        _gathering.Dispose();
    }

    private static bool IsPoolIdle()
    {
        ThreadPool.GetMaxThreads(out int maxThreads, out _);
        ThreadPool.GetAvailableThreads(out int availableThreads, out _);
        return ThreadPool.PendingWorkItemCount == 0 && availableThreads == maxThreads;
    }

    private void Work(int worker)
    {
        while (true)
        {
            _gathering.SignalAndWait();
            if (_contender is null)
            {
                return;
            }

            RunAs(worker);
            _gathering.SignalAndWait();
        }
    }

    private void RunAs(int worker)
    {
        // The barrier wakes threads one after the other: spinning until all are awake lets them start together.
        Interlocked.Increment(ref _arrivals);
        var spin = default(SpinWait);
        while (Volatile.Read(ref _arrivals) < Threads)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        _starts[worker] = Stopwatch.GetTimestamp();
        long sum = _contender!.Run(worker, _operations);
        _ends[worker] = Stopwatch.GetTimestamp();
        Interlocked.Add(ref _sum, sum);
    }
}
