using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Meetings of two calls, each arranged by hand: the code that the caller gives the cache runs the other call.</summary>
public class CacheRaceTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void One_that_read_the_clock_before_another_and_comes_after_it_takes_out_what_has_expired_and_ends()
    {
        var clock = new HookedClock();
        var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 1000, ExpireAfterWrite = TimeSpan.FromSeconds(1), TimeProvider = clock });
        for (int key = 0; key < 200; key++)
        {
            cache.Set(key, key);
        }

        clock.OnRead = () =>
        {
            clock.OnRead = null;
            clock.Advance(TimeSpan.FromSeconds(2));
            cache.Set(1000, 0); // takes out some of those that have expired, and leaves the rest due
        };
        int removed = cache.RemoveExpired();
        Assert.InRange(removed, 1, 199);
        Assert.Equal(1, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_removal_by_condition_that_comes_too_late_leaves_a_load_of_the_key_alone()
    {
        var cache = new Cache<string, int>(10);
        using var release = new ManualResetEventSlim();
        Task<int>? load = null;
        cache.Set("a", 1);
        int removed = cache.RemoveWhere((_, _) =>
        {
            cache.Remove("a");
            using var started = new ManualResetEventSlim();
            load = Start(() => cache.GetOrAdd("a", _ =>
            {
                started.Set();
                release.Wait(Deadline);
                return 2;
            }));
            Assert.True(started.Wait(Deadline));
            return true;
        });
        release.Set();
        Assert.Equal(0, removed);
        Assert.Equal(2, await load!);
        Assert.True(cache.TryGet("a", out int stored));
        Assert.Equal(2, stored);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_removal_by_condition_that_comes_too_late_leaves_a_refresh_of_the_key_alone()
    {
        var clock = new ManualTimeProvider();
        var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, RefreshAfterWrite = TimeSpan.FromSeconds(1), TimeProvider = clock });
        var refreshed = new TaskCompletionSource<int>();
        cache.Set("a", 1);
        int removed = cache.RemoveWhere((_, _) =>
        {
            cache.Set("a", 2);
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(2, cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<int>(refreshed.Task), TestToken).AsTask().GetAwaiter().GetResult());
            return true;
        });
        Assert.Equal(0, removed);
        refreshed.SetResult(3);
        await Task.Run(() => Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Loads == 1, Deadline)), TestToken);
        Assert.True(cache.TryGet("a", out int value));
        Assert.Equal(3, value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_load_during_which_the_cache_is_emptied_is_returned_and_not_stored(bool disposes)
    {
        var removed = new List<int>();
        var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, OnRemoved = (_, value, _) => removed.Add(value) });
        cache.Set("old", 0);
        Action empty = disposes ? cache.Dispose : cache.Clear;
        var gate = new TaskCompletionSource<int>();
        Task<int> load = cache.GetOrAddAsync("b", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestToken).AsTask();
        Assert.Equal(1, cache.GetOrAdd("a", _ =>
        {
            empty();
            return 1;
        }));
        gate.SetResult(2);
        Assert.Equal(2, await load.WaitAsync(Deadline, TestToken));
        Assert.Equal(0, cache.Count);
        Assert.Equal([0], removed);
        cache.CheckIntegrity();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_clock_that_fails_leaves_the_cache_as_it_was(int failingRead)
    {
        int reads = 0;
        var clock = new HookedClock(() =>
        {
            if (++reads == failingRead)
            {
                throw new TimeoutException();
            }
        });
        var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 10, TimeProvider = clock });
        cache.Set("a", 1);
        Assert.Throws<TimeoutException>(() => cache.Set("a", 2, TimeSpan.FromSeconds(1)));

        Task<bool> afterwards = Start(() =>
        {
            cache.Set("b", 1, TimeSpan.FromSeconds(1));
            cache.Set("a", 3);
            return cache.Remove("a");
        });
        Assert.True(await afterwards.WaitAsync(Deadline, TestToken)); // or the entry stayed locked
        cache.CheckIntegrity();
    }

    // Each piece of the caller's code lets another thread read and take the lock before it returns.
    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public async Task No_code_of_the_callers_but_the_key_comparer_runs_under_a_lock(EvictionPolicy policy)
    {
        Cache<int, Value>? cache = null;
        var seen = new HashSet<string>();
        using var probing = new ThreadLocal<bool>();
        var clock = new HookedClock(() => Probe("clock"));
        foreach (bool weighs in (bool[])[false, true])
        {
            seen.Clear();
            var options = new CacheOptions<int, Value> { Capacity = 3, Policy = policy, TimeProvider = clock, OnRemoved = (_, _, cause) => Probe($"{cause}") };
            if (weighs)
            {
                options.Weigher = (_, _) => { Probe("weigher"); return 1; };
                options.MaxWeight = 100;
                options.ExpireAfter = (_, _) => { Probe("expiry"); return TimeSpan.FromSeconds(10); };
                options.ExpireAfterAccess = TimeSpan.FromSeconds(10);
                options.RefreshAfterWrite = TimeSpan.FromSeconds(5);
            }

            cache = new Cache<int, Value>(options);
            cache.Set(1, new Value(1, Probe));
            cache.Set(1, new Value(2, Probe));
            cache.Set(1, new Value(3, Probe), TimeSpan.FromSeconds(10));
            cache.GetOrAdd(2, _ => { Probe("factory"); return new Value(1, Probe); });
            await cache.GetOrAddAsync(3, 0, (_, _, _) => { Probe("async factory"); return ValueTask.FromResult(new Value(1, Probe)); }, TestToken);
            await cache.GetOrAddManyAsync([4, 5], 0, (keys, _, _) =>
            {
                Probe("bulk factory");
                return ValueTask.FromResult<IReadOnlyDictionary<int, Value>>(keys.ToDictionary(key => key, _ => new Value(1, Probe)));
            }, TestToken);
            cache.AddOrUpdate(6, 0, (_, _) => { Probe("add factory"); return new Value(1, Probe); }, (_, old, _) => old);
            cache.AddOrUpdate(6, 0, (_, _) => new Value(0, Probe), (_, _, _) => { Probe("update factory"); return new Value(2, Probe); });
            cache.TryUpdate(6, new Value(3, Probe), new Value(2, Probe));
            clock.Advance(TimeSpan.FromSeconds(6));
            cache.GetOrAdd(6, _ => { Probe("refresh"); return new Value(4, Probe); });
            Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Loads == (weighs ? 5 : 4), Deadline));
            cache.Remove(KeyValuePair.Create(6, new Value(weighs ? 4 : 3, Probe)));
            cache.Set(7, new Value(1, Probe), TimeSpan.FromSeconds(1));
            cache.RemoveWhere((_, _) => { Probe("condition"); return false; });
            _ = cache.Select(entry => { Probe("enumeration"); return entry.Key; }).ToList();
            clock.Advance(TimeSpan.FromSeconds(20));
            cache.TryGet(7, out _);
            cache.Set(8, new Value(1, Probe));
            cache.Hottest(2);
            cache.Resize(1);
            cache.Clear();
            cache.CheckIntegrity();
            string[] expected = ["clock", "Replaced", "Evicted", "Expired", "Removed", "factory", "async factory", "bulk factory", "add factory", "update factory", "condition", "enumeration", "equality"];
            Assert.Empty(expected.Concat(weighs ? ["weigher", "expiry", "refresh"] : Array.Empty<string>()).Except(seen));
        }

        void Probe(string what)
        {
            if (probing.Value || cache is null)
            {
                return;
            }

            lock (seen)
            {
                seen.Add(what);
            }

            Task<bool> other = Start(() =>
            {
                probing.Value = true;
                cache.Peek(1, out _);
                return cache.Statistics.Loads >= 0; // under the lock, and without any change
            });
            Assert.True(other.Wait(Deadline), $"Under a lock: {what}.");
        }
    }

    // The callback of one thread blocks until other threads have written, read, loaded and cleared.
    [Fact]
    public async Task A_callback_that_blocks_holds_up_nobody_else()
    {
        using var release = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        bool blocks = true;
        var cache = new Cache<int, string>(new CacheOptions<int, string>
        {
            Capacity = 2,
            Policy = EvictionPolicy.Lru,
            OnRemoved = (_, _, _) =>
            {
                if (Interlocked.Exchange(ref blocks, false))
                {
                    entered.Set();
                    release.Wait(Deadline);
                }
            },
        });
        cache.Set(1, "a");
        Task<bool> blocked = Start(() =>
        {
            cache.Set(1, "b"); // in place: another writer of the same key must not wait either
            return true;
        });
        Assert.True(entered.Wait(Deadline, TestToken));
        Task<bool> others = Start(() =>
        {
            Assert.True(cache.TryGet(1, out string? value));
            Assert.Equal("b", value);
            cache.Set(1, "c");
            for (int key = 0; key < 1000; key++)
            {
                cache.GetOrAdd(key, key => $"{key}");
            }

            cache.Clear();
            return true;
        });
        Assert.True(await others.WaitAsync(Deadline, TestToken));
        Assert.False(blocked.IsCompleted);
        release.Set();
        Assert.True(await blocked);
        cache.CheckIntegrity();
    }

    private static Task<T> Start<T>(Func<T> run)
    {
        using (ExecutionContext.SuppressFlow()) // a stranger's call
        {
            return Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>A value whose equality is the caller's code.</summary>
    private sealed class Value(int number, Action<string> onEquals)
    {
        private int Number => number;

        public override bool Equals(object? obj)
        {
            onEquals("equality");
            return obj is Value other && other.Number == Number;
        }

        public override int GetHashCode() => number;
    }
}
