using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class CacheRemovalTests
{
    private readonly List<(string Key, int Value, RemovalCause Cause)> _removed = [];

    [Fact]
    public void Each_way_out_is_reported_once_with_its_cause()
    {
        using Cache<string, int> cache = Create(2, (key, value, cause) => _removed.Add((key, value, cause)));
        cache.Set("a", 1);
        cache.Set("a", 2);
        cache.Set("b", 3);
        cache.Set("c", 4);
        cache.GetOrAdd("d", _ => 5);
        cache.Remove("c");
        cache.Remove("c");
        cache.Clear();

        Assert.Equal(
            [("a", 1, RemovalCause.Replaced), ("a", 2, RemovalCause.Evicted), ("b", 3, RemovalCause.Evicted), ("c", 4, RemovalCause.Removed), ("d", 5, RemovalCause.Removed)],
            _removed);
        cache.CheckIntegrity();
    }

    [Fact]
    public void A_value_set_again_is_reported_too()
    {
        using Cache<string, int> cache = Create(2, (key, value, cause) => _removed.Add((key, value, cause)));
        cache.Set("a", 1);
        cache.Set("a", 1);
        Assert.Equal([("a", 1, RemovalCause.Replaced)], _removed);
    }

    [Fact]
    public void The_callback_comes_after_the_fact_and_outside_the_lock()
    {
        Cache<string, int>? cache = null;
        bool checkedOnOtherThread = false;
        cache = Create(1, (key, _, _) =>
        {
            // Another thread gets in, so no lock is held here; and the change is complete.
            Task<bool> other = Task.Run(() => cache!.ContainsKey(key) || !cache.ContainsKey("b"));
            Assert.True(other.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.False(other.Result);
            checkedOnOtherThread = true;
        });
        cache.Set("a", 1);
        cache.Set("b", 2);
        Assert.True(checkedOnOtherThread);
    }

    [Fact]
    public void The_callback_may_use_the_cache()
    {
        Cache<string, int>? cache = null;
        cache = Create(2, (key, value, cause) =>
        {
            _removed.Add((key, value, cause));
            if (key == "a")
            {
                cache!.Set("again", value);
            }
        });
        cache.Set("a", 1);
        cache.Set("b", 2);
        cache.Set("c", 3);

        Assert.Equal(["again", "c"], cache.Select(entry => entry.Key).Order(StringComparer.Ordinal));
        Assert.Equal([("a", 1, RemovalCause.Evicted), ("b", 2, RemovalCause.Evicted)], _removed);
        cache.CheckIntegrity();
    }

    // Each that leaves is put back, which drives out the next one, until one is met that is not in use any more.
    [Theory]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Fifo)]
    public void A_callback_that_puts_values_back_is_not_called_inside_itself(EvictionPolicy policy)
    {
        const int count = 1_000;
        Cache<int, int>? cache = null;
        int depth = 0;
        int deepest = 0;
        List<int> removed = [];
        cache = new Cache<int, int>(new CacheOptions<int, int>
        {
            Capacity = count,
            Policy = policy,
            OnRemoved = (key, value, _) =>
            {
                deepest = Math.Max(deepest, ++depth);
                removed.Add(key);
                if (key != count - 1)
                {
                    cache!.Set(key, value);
                }

                depth--;
            },
        });
        for (int key = 0; key <= count; key++)
        {
            cache.Set(key, key);
        }

        Assert.Equal(1, deepest);
        Assert.Equal(Enumerable.Range(0, count), removed);
        Assert.Equal(count, cache.Count);
        Assert.False(cache.ContainsKey(count - 1));
        cache.CheckIntegrity();
    }

    [Fact]
    public void What_callbacks_of_two_caches_take_out_of_one_another_is_reported_without_going_deeper()
    {
        int depth = 0;
        int deepest = 0;
        int calls = 0;
        Cache<string, int>? second = null;
        Cache<string, int>? first = null;
        first = Create(1, (_, value, _) => Pass(second!, value));
        second = Create(1, (_, value, _) => Pass(first, value));
        first.Set("a", 0);
        second.Set("a", 0);
        first.Set("b", 1);
        Assert.Equal(1_000, calls);
        Assert.InRange(deepest, 1, 2);

        void Pass(Cache<string, int> other, int value)
        {
            deepest = Math.Max(deepest, ++depth);
            if (++calls < 1_000)
            {
                other.Set($"key {calls}", value);
            }

            depth--;
        }
    }

    [Fact]
    public void What_fails_in_the_reports_that_a_callback_caused_leaves_the_call_that_it_reported_on()
    {
        Cache<string, int>? cache = null;
        cache = Create(1, (key, _, _) =>
        {
            if (key == "a")
            {
                cache!.Set("c", 3); // drives b out
                _removed.Add((key, 0, RemovalCause.Evicted));
            }
            else
            {
                throw new TimeoutException(key);
            }
        });
        cache.Set("a", 1);
        TimeoutException failure = Assert.Throws<TimeoutException>(() => cache.Set("b", 2));
        Assert.Equal("b", failure.Message);
        Assert.Single(_removed);
        Assert.Equal(KeyValuePair.Create("c", 3), Assert.Single(cache));
        failure = Assert.Throws<TimeoutException>(() => cache.Set("d", 4)); // and nothing is left of the last time
        Assert.Equal("c", failure.Message);
    }

    [Fact]
    public void A_callback_that_throws_leaves_the_change_done_and_reaches_the_caller()
    {
        using Cache<string, int> cache = Create(1, (_, _, _) => throw new TimeoutException());
        cache.Set("a", 1);
        Assert.Throws<TimeoutException>(() => cache.Set("a", 2));
        Assert.True(cache.TryGet("a", out int value));
        Assert.Equal(2, value);
        Assert.Throws<TimeoutException>(() => cache.Set("b", 3));
        Assert.Equal(KeyValuePair.Create("b", 3), Assert.Single(cache));
        Assert.Throws<TimeoutException>(() => cache.Remove("b"));
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public void All_removals_of_a_call_are_reported_even_when_each_callback_throws()
    {
        using Cache<string, int> cache = Create(5, (key, value, cause) =>
        {
            _removed.Add((key, value, cause));
            throw new TimeoutException(key);
        });
        cache.Set("a", 1);
        cache.Set("b", 2);
        cache.Set("c", 3);

        AggregateException exception = Assert.Throws<AggregateException>(cache.Clear);
        Assert.Equal(["a", "b", "c"], exception.InnerExceptions.Select(inner => inner.Message).Order(StringComparer.Ordinal));
        Assert.Equal(3, _removed.Count);
        Assert.Equal(0, cache.Count);
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task After_a_load_the_callbacks_exception_leaves_only_the_call_whose_factory_ran()
    {
        Cache<string, int> cache = Create(1, (_, _, _) => throw new TimeoutException());
        cache.Set("a", 1);
        Assert.Throws<TimeoutException>(() => cache.GetOrAdd("b", _ => 2));
        Assert.True(cache.TryGet("b", out _));

        var gate = new TaskCompletionSource<int>();
        Task<int> first = cache.GetOrAddAsync("c", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestContext.Current.CancellationToken).AsTask();
        Task<int> second = cache.GetOrAddAsync("c", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestContext.Current.CancellationToken).AsTask();
        gate.SetResult(3);
        Assert.Equal(3, await second);
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        Assert.Equal(KeyValuePair.Create("c", 3), Assert.Single(cache));
        cache.CheckIntegrity();
    }

    private static Cache<string, int> Create(int capacity, Action<string, int, RemovalCause> onRemoved) =>
        new(new CacheOptions<string, int> { Capacity = capacity, Policy = EvictionPolicy.Lru, OnRemoved = onRemoved });

    [Fact]
    public void A_removal_that_is_reported_alone_allocates_nothing()
    {
        long reported = 0;
        var cache = new Cache<long, long>(new CacheOptions<long, long> { Capacity = 10, OnRemoved = (_, _, _) => reported++ });
        Replace(cache, 200);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Replace(cache, 10_000);
        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);

        static void Replace(Cache<long, long> cache, int count)
        {
            for (int i = 0; i < count; i++)
            {
                cache.Set(i % 10, i);
            }
        }
    }
}
