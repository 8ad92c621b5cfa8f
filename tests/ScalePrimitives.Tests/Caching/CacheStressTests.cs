using System.Collections.Concurrent;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Many threads from one barrier, a bounded amount of work, then conservation and integrity.</summary>
public class CacheStressTests
{
    private const int ThreadCount = 4;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static TheoryData<EvictionPolicy, bool, bool> Features
    {
        get
        {
            var data = new TheoryData<EvictionPolicy, bool, bool>();
            foreach (EvictionPolicy policy in Enum.GetValues<EvictionPolicy>())
            {
                data.Add(policy, false, false);
                data.Add(policy, true, false);
                data.Add(policy, false, true);
                data.Add(policy, true, true);
            }

            return data;
        }
    }

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

    // Values carry numbers, each used once, so that each can be followed: references, which change in place.
    [Theory]
    [MemberData(nameof(Features))]
    public void Every_reference_that_went_in_is_there_or_came_out_once(EvictionPolicy policy, bool weighs, bool expires) =>
        Conserves<string, Item>(policy, weighs, expires, key => $"key {key}", StringComparer.OrdinalIgnoreCase, number => new Item(number), value => value.Number);

    // And structures of 32 bytes, of which no half may be seen.
    [Theory]
    [MemberData(nameof(Features))]
    public void Every_wide_structure_that_went_in_is_there_or_came_out_once_and_whole(EvictionPolicy policy, bool weighs, bool expires) =>
        Conserves<long, Wide>(policy, weighs, expires, key => key, comparer: null, number => new Wide(number, ~number, number, ~number), value => value.Number);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_that_stays_is_never_missed_while_others_come_and_go_in_its_chain(bool collide)
    {
        const int steady = 4;
        int faults = 0;
        for (int repetition = 0; repetition < 10; repetition++)
        {
            // Room for all, so that nothing is evicted, and each time a table that grows from its smallest.
            var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 10_000, KeyComparer = collide ? new ThreeCodes() : null });
            for (int key = 0; key < steady; key++)
            {
                cache.Set(key, key);
            }

            Concurrently.Run(readers: 2, reads: collide ? 2_000 : 10_000, round =>
            {
                int key = round % steady;
                if (!cache.TryGet(key, out int value) || value % 100 != key || cache.GetOrAdd(key, static _ => -1) < 0)
                {
                    Interlocked.Increment(ref faults);
                }
            }, write: round =>
            {
                int other = 100 + (collide ? round % 60 : round);
                cache.Set(other, round);
                cache.Set(round % steady, (100 * (round % 1000)) + (round % steady));
                cache.Set((round + 1) % steady, (round + 1) % steady, TimeSpan.FromDays(1)); // another node, in the same place
                if (round % 3 == 0)
                {
                    cache.Remove(other);
                }

                if (round % 200 == 199)
                {
                    cache.RemoveWhere(static (key, _) => key >= 100);
                }

                if (round % 50 == 0 && cache.Count(entry => entry.Key < steady) != steady)
                {
                    Interlocked.Increment(ref faults);
                }
            });
            cache.CheckIntegrity();
        }

        Assert.Equal(0, faults);
    }

    // A value that is set in place while its entry is removed: the entry's own lock decides which of the two is reported as what.
    [Fact]
    public void A_value_set_and_one_removed_at_the_same_moment_come_out_once_each()
    {
        const int keyCount = 50;
        int[] cameOut = new int[2 * keyCount];
        var cache = new Cache<int, int>(new CacheOptions<int, int>
        {
            Capacity = keyCount,
            Policy = EvictionPolicy.Fifo,
            OnRemoved = (_, value, _) => Interlocked.Increment(ref cameOut[value]),
        });
        SetAll(0);
        Concurrently.RunRounds(threads: 2, rounds: 3_000, (thread, _) =>
        {
            if (thread == 0)
            {
                SetAll(keyCount);
                return;
            }

            for (int key = 0; key < keyCount; key++)
            {
                cache.Remove(key);
            }
        }, check: round =>
        {
            cache.Clear();
            Assert.True(cameOut.All(times => times == 1), $"Round {round}: {string.Join(' ', cameOut)}");
            Array.Clear(cameOut);
            SetAll(0);
        });
        cache.CheckIntegrity();

        void SetAll(int first)
        {
            for (int key = 0; key < keyCount; key++)
            {
                cache.Set(key, first + key);
            }
        }
    }

    [Fact]
    public async Task Single_and_bulk_loads_of_the_same_keys_never_run_twice_at_a_time_and_always_end()
    {
        const int keyCount = 30;
        int[] running = new int[keyCount];
        int doubled = 0;
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = 10, Policy = EvictionPolicy.Lru });
        Task[] callers = [.. Enumerable.Range(0, ThreadCount).Select(caller => Task.Run(() => AskAsync(caller), TestContext.Current.CancellationToken))];
        await Task.WhenAll(callers).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(0, doubled);
        Assert.All(running, count => Assert.Equal(0, count));
        cache.CheckIntegrity();

        async Task AskAsync(int caller)
        {
            var random = new Random(caller);
            for (int i = 0; i < 1_500; i++)
            {
                int key = random.Next(keyCount);
                bool fails = random.Next(20) == 0;
                try
                {
                    if (i % 2 == 0)
                    {
                        Assert.Equal(key, await cache.GetOrAddAsync(key, fails, async (key, fails, _) => await LoadAsync([key], fails) is null ? -1 : key));
                        continue;
                    }

                    int[] keys = [key, random.Next(keyCount), random.Next(keyCount), random.Next(keyCount)];
                    IReadOnlyDictionary<int, int> values = await cache.GetOrAddManyAsync(keys, fails, (keys, fails, _) => LoadAsync(keys, fails));
                    Assert.All(values, pair => Assert.Equal(pair.Key, pair.Value));
                    Assert.Equal(keys.Where(key => key % 7 != 6).Distinct().Order(), values.Keys.Where(key => key % 7 != 6).Order());
                }
                catch (TimeoutException)
                {
                }
            }
        }

        async ValueTask<IReadOnlyDictionary<int, int>> LoadAsync(IEnumerable<int> keys, bool fails)
        {
            int[] loaded = [.. keys];
            foreach (int key in loaded)
            {
                if (Interlocked.Increment(ref running[key]) != 1)
                {
                    Interlocked.Increment(ref doubled);
                }
            }

            await Task.Yield();
            foreach (int key in loaded)
            {
                Interlocked.Decrement(ref running[key]);
            }

            // Some keys have no value when they are asked for with others.
            return fails ? throw new TimeoutException() : loaded.Where(key => key % 7 != 6 || loaded.Length == 1).ToDictionary(key => key);
        }
    }

    [Fact]
    public void Disposal_beside_everything_takes_every_value_out_once_and_ends_all_calls()
    {
        for (int repetition = 0; repetition < 12; repetition++)
        {
            int next = 0;
            var removed = new ConcurrentDictionary<int, int>();
            var stored = new ConcurrentDictionary<int, int>();
            var cache = new Cache<int, int>(new CacheOptions<int, int>
            {
                Capacity = 20,
                Policy = (EvictionPolicy)(repetition % 4),
                OnRemoved = (_, value, _) => removed.AddOrUpdate(value, 1, (_, times) => times + 1),
            });
            RunThreads(thread =>
            {
                var random = new Random(thread);
                try
                {
                    for (int i = 0; ; i++) // until a call throws
                    {
                        if (thread == 0 && i == 200)
                        {
                            cache.Dispose();
                        }

                        int value = Interlocked.Increment(ref next);
                        int key = random.Next(40);
                        switch (random.Next(4))
                        {
                            case 0:
                                cache.GetOrAdd(key, value, static (_, value) => value);
                                break;
                            case 1:
                                cache.TryGet(key, out _);
                                break;
                            default:
                                cache.Set(key, value);
                                stored.TryAdd(value, 0);
                                break;
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            });
            Assert.Equal(0, cache.Count);
            Assert.All(removed.Values, times => Assert.Equal(1, times));
            Assert.Empty(stored.Keys.Except(removed.Keys));
            cache.CheckIntegrity();
        }
    }

    private static void Conserves<TKey, TValue>(EvictionPolicy policy, bool weighs, bool expires, Func<int, TKey> keyOf, IEqualityComparer<TKey>? comparer, Func<int, TValue> valueOf, Func<TValue, int> numberOf)
        where TKey : notnull
    {
        const int capacity = 40;
        const int maxWeight = 100;
        const int maxValueWeight = 6;
        const int keyCount = 100;
        const int valuesPerThread = 5_000;
        TimeSpan timeToLive = TimeSpan.FromSeconds(3);
        var clock = new ManualTimeProvider();
        long[] writtenAt = new long[ThreadCount * valuesPerThread];
        Array.Fill(writtenAt, long.MaxValue); // not known yet
        int[] wentIn = new int[writtenAt.Length];
        int[] cameOut = new int[writtenAt.Length];
        int faults = 0;
        using var cache = new Cache<TKey, TValue>(NewOptions());
        TKey[] keys = [.. Enumerable.Range(0, keyCount).Select(keyOf)];
        RunThreads(thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < valuesPerThread; i++)
            {
                int number = (thread * valuesPerThread) + i;
                Step(random, keys[(int)(keyCount * random.NextDouble() * random.NextDouble())], number, valueOf(number));
                Volatile.Write(ref writtenAt[number], clock.GetTimestamp()); // or before
                Require(cache.Count <= capacity + ThreadCount);
                Require(!weighs || cache.Weight <= maxWeight);
                if (expires && i % 20 == 0)
                {
                    clock.Advance(TimeSpan.FromMilliseconds(50));
                }
            }
        });

        cache.CheckIntegrity();
        Assert.Equal(0, faults);
        clock.Advance(TimeSpan.FromDays(1));
        cache.RemoveExpired();
        Assert.True(!expires || cache.Count == 0);
        cache.Clear();
        Assert.Equal(wentIn, cameOut);

        void Step(Random random, TKey key, int number, TValue value)
        {
            TValue? found;
            switch (random.Next(20))
            {
                case < 5:
                    wentIn[number]++;
                    cache.Set(key, value);
                    break;
                case 5 when expires:
                    wentIn[number]++;
                    cache.Set(key, value, timeToLive);
                    break;
                case 6 or 7:
                    // An addition and an update may be tried with one value, but it goes in once.
                    Require(numberOf(cache.AddOrUpdate(key, value, static (_, value) => value, static (_, _, value) => value)) == number);
                    wentIn[number]++;
                    break;
                case 8 when cache.Peek(key, out found):
                    wentIn[number] += cache.TryUpdate(key, value, found) ? 1 : 0;
                    break;
                case 9 or 10:
                    cache.Remove(key);
                    break;
                case 11 when cache.Peek(key, out found):
                    cache.Remove(KeyValuePair.Create(key, found));
                    break;
                case 12 when number % 50 == 0:
                    cache.Clear();
                    break;
                case 13 when number % 50 == 0:
                    cache.Resize(capacity - (number % 7));
                    break;
                case 14 when number % 50 == 0:
                    cache.RemoveWhere((_, value) => numberOf(value) % 3 == 0);
                    break;
                default:
                    long before = clock.GetTimestamp();
                    if (cache.TryGet(key, out found))
                    {
                        long written = Volatile.Read(ref writtenAt[numberOf(found)]);
                        Require(!expires || written == long.MaxValue || before - written < timeToLive.Ticks);
                    }

                    break;
            }
        }

        void Require(bool condition)
        {
            if (!condition)
            {
                Interlocked.Increment(ref faults);
            }
        }

        CacheOptions<TKey, TValue> NewOptions()
        {
            var options = new CacheOptions<TKey, TValue>
            {
                Capacity = capacity,
                Policy = policy,
                KeyComparer = comparer,
                TimeProvider = clock,
                Seed = 1,
                OnRemoved = (_, value, _) => Interlocked.Increment(ref cameOut[numberOf(value)]),
            };
            if (weighs)
            {
                options.Weigher = (_, value) => 1 + (numberOf(value) % maxValueWeight);
                options.MaxWeight = maxWeight;
            }

            if (expires)
            {
                options.ExpireAfterWrite = timeToLive;
                options.ExpireAfterAccess = timeToLive / 2;
            }

            return options;
        }
    }

    private sealed record Item(int Number);

    private readonly record struct Wide(long A, long B, long C, long D)
    {
        public int Number => A == C && B == D && A == ~B ? (int)A : throw new InvalidOperationException("A torn value.");
    }

    private sealed class ThreeCodes : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => obj % 3;
    }
}
