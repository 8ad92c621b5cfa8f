using System.Collections.Concurrent;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Many threads from one barrier, a bounded amount of work, then conservation and integrity.</summary>
public class CacheStressTests
{
    private const int ThreadCount = 4;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Every_value_is_still_there_or_was_reported_removed_exactly_once(EvictionPolicy policy)
    {
        const int capacity = 50;
        var removed = new ConcurrentDictionary<object, int>();
        var added = new ConcurrentBag<object>();
        int overflows = 0;
        using var cache = new Cache<int, object>(new CacheOptions<int, object>
        {
            Capacity = capacity,
            Policy = policy,
            OnRemoved = (_, value, _) => removed.AddOrUpdate(value, 1, (_, times) => times + 1),
        });

        RunThreads(thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 10_000; i++)
            {
                int key = random.Next(120);
                object value = new();
                switch (random.Next(20))
                {
                    case < 5:
                        added.Add(value);
                        cache.Set(key, value);
                        break;
                    case < 12:
                        if (ReferenceEquals(cache.GetOrAdd(key, value, static (_, value) => value), value))
                        {
                            // Loaded here; stored unless a write came between, so it may be in neither place.
                            added.Add(value);
                        }

                        break;
                    case < 15:
                        cache.Remove(key);
                        break;
                    case 15 when i % 50 == 0:
                        cache.Clear();
                        break;
                    default:
                        cache.TryGet(key, out _);
                        break;
                }

                if (cache.Count > capacity + ThreadCount)
                {
                    Interlocked.Increment(ref overflows);
                }
            }
        });

        cache.CheckIntegrity();
        Assert.Equal(0, overflows);
        Assert.InRange(cache.Count, 0, capacity);
        HashSet<object> present = [.. cache.Select(entry => entry.Value)];
        Assert.Equal(cache.Count, present.Count);
        Assert.All(removed.Values, times => Assert.Equal(1, times));
        Assert.Empty(present.Intersect(removed.Keys));
        Assert.Empty(present.Concat(removed.Keys).Except(added));
    }

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Nothing_that_was_set_is_lost(EvictionPolicy policy)
    {
        const int sets = 10_000;
        int removals = 0;
        long sum = 0;
        using var cache = new Cache<int, int>(new CacheOptions<int, int>
        {
            Capacity = 30,
            Policy = policy,
            OnRemoved = (_, value, _) =>
            {
                Interlocked.Increment(ref removals);
                Interlocked.Add(ref sum, value);
            },
        });
        RunThreads(thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < sets; i++)
            {
                cache.Set(random.Next(60), i);
                cache.TryGet(random.Next(60), out _);
                if (random.Next(4) == 0)
                {
                    cache.Remove(random.Next(60));
                }
            }
        });

        cache.CheckIntegrity();
        Assert.Equal(ThreadCount * sets, removals + cache.Count);
        Assert.Equal((long)ThreadCount * sets * (sets - 1) / 2, sum + cache.Sum(entry => (long)entry.Value));
    }

    [Fact]
    public void At_most_one_factory_runs_for_a_key_that_is_never_removed()
    {
        using var cache = new Cache<int, int>(1000);
        int[] running = new int[200];
        int[] runs = new int[200];
        RunThreads(_ =>
        {
            for (int key = 0; key < running.Length; key++)
            {
                int value = cache.GetOrAdd(key, (running, runs), static (key, state) =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref state.running[key]));
                    Interlocked.Increment(ref state.runs[key]);
                    Thread.Yield();
                    Interlocked.Decrement(ref state.running[key]);
                    return key * 2;
                });
                Assert.Equal(key * 2, value);
            }
        });

        Assert.All(runs, count => Assert.Equal(1, count));
        cache.CheckIntegrity();
    }

    [Fact]
    public void Asynchronous_loads_with_cancellations_failures_and_writes_leave_nothing_behind()
    {
        using var cache = new Cache<int, int>(10);
        int wrong = 0;
        int started = 0;
        RunThreads(thread => RunAsync(thread).Wait(Deadline, TestContext.Current.CancellationToken));

        // A factory whose callers have all given up runs on after them.
        Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Loads == Volatile.Read(ref started), Deadline), "A load did not end.");
        cache.CheckIntegrity();
        Assert.Equal(0, wrong);

        async Task RunAsync(int thread)
        {
            var random = new Random(thread);
            for (int i = 0; i < 3_000; i++)
            {
                int key = random.Next(20);
                int fate = random.Next(10);
                using var source = new CancellationTokenSource();
                ValueTask<int> load = cache.GetOrAddAsync(key, fate, async (key, fate, token) =>
                {
                    Interlocked.Increment(ref started);
                    await Task.Yield();
                    token.ThrowIfCancellationRequested();
                    return fate == 0 ? throw new TimeoutException() : key;
                }, source.Token);
                if (fate == 1)
                {
                    await source.CancelAsync();
                }
                else if (fate == 2)
                {
                    cache.Remove(key);
                }

                try
                {
                    if (await load != key)
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
                catch (TimeoutException)
                {
                }
                catch (OperationCanceledException) when (source.IsCancellationRequested)
                {
                }
            }
        }
    }

    private static void RunThreads(Action<int> work)
    {
        using var barrier = new Barrier(ThreadCount);
        Task[] threads = [.. Enumerable.Range(0, ThreadCount).Select(thread => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait(Deadline);
                work(thread);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        Assert.True(Task.WaitAll(threads, Deadline), "The threads did not end: a deadlock, or a very slow machine.");
    }

    [Fact]
    public void A_reader_never_misses_a_key_that_is_only_set_again_nor_sees_it_go_back()
    {
        var cache = new Cache<int, int>(10);
        cache.Set(1, 0);
        int faults = 0;
        using var last = new ThreadLocal<int>();
        Concurrently.Run(readers: 2, reads: 100_000, _ =>
        {
            if (!cache.TryGet(1, out int value) || value < last.Value)
            {
                Interlocked.Increment(ref faults);
            }

            last.Value = value;
        }, write: round => cache.Set(1, round));
        Assert.Equal(0, faults);
    }
}
