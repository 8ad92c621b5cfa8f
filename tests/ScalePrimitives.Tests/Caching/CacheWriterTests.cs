using ScalePrimitives.Caching;
using ScalePrimitives.Internal;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>That neither readers hold writers up, nor writers readers that hit, nor one that is stopped in the middle all others.</summary>
public class CacheWriterTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static TheoryData<EvictionPolicy> Policies => [.. Enum.GetValues<EvictionPolicy>()];

    // Counted in reads, not in time: whatever else the machine does, it does to all of these threads. A writer past which readers
    // keep taking the lock has to wait until the lock itself ends that, for some hundred thousand reads.
    [Theory]
    [MemberData(nameof(Policies))]
    public void Few_reads_come_before_a_writer_that_waits_beside_readers_that_never_pause(EvictionPolicy policy)
    {
        const int capacity = 10_000;
        const int readers = 4;
        const int writes = 100;
        const int readsBetweenWrites = 5_000; // as many as fill the log of reads over and over
        var cache = new Cache<int, int>(capacity, policy);
        for (int key = capacity - 1; key >= 0; key--)
        {
            cache.Set(key, key);
        }

        var reads = new PaddedInt64[readers];
        bool ended = false;
        List<long> waits = [];
        Concurrently.Run(readers + 1, thread =>
        {
            if (thread == readers)
            {
                Write();
                Volatile.Write(ref ended, true);
                return;
            }

            for (int key = thread; !Volatile.Read(ref ended); key = (key + 17) % (capacity / 2))
            {
                cache.TryGet(key, out _);
                Volatile.Write(ref reads[thread].Value, reads[thread].Value + 1);
            }
        });
        cache.CheckIntegrity();
        waits.Sort();
        Assert.InRange(waits[waits.Count / 2], 0, 5_000); // of a writer that readers give way to, some hundred at the most

        void Write()
        {
            while (waits.Count < writes)
            {
                long next = AllReads() + readsBetweenWrites;
                var spinner = default(SpinWait);
                while (AllReads() < next)
                {
                    spinner.SpinOnce(sleep1Threshold: -1);
                }

                long before = AllReads();
                cache.Set(capacity + waits.Count, 0);
                waits.Add(AllReads() - before);
            }
        }

        long AllReads()
        {
            long sum = 0;
            foreach (ref PaddedInt64 count in reads.AsSpan())
            {
                sum += Volatile.Read(ref count.Value);
            }

            return sum;
        }
    }

    [Theory]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Adaptive)]
    public void A_hit_needs_no_lock_whatever_finds_it(EvictionPolicy policy)
    {
        HitsWhileAWriterIsInside(policy, 1, 2);
        HitsWhileAWriterIsInside(policy, "a", "b");
        HitsWhileAWriterIsInside(policy, Guid.AllBitsSet, Guid.Empty);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_has_expired_is_reported_though_the_comparer_fails_in_the_write_that_finds_it(bool removes)
    {
        bool failed = true;
        for (int calls = 1; failed; calls++)
        {
            var time = new ManualTimeProvider();
            var comparer = new FailingComparer();
            List<int> removed = [];
            var cache = new Cache<int, int>(new CacheOptions<int, int>
            {
                Capacity = 10,
                KeyComparer = comparer,
                TimeProvider = time,
                ExpireAfterWrite = TimeSpan.FromMinutes(1),
                OnRemoved = (_, value, _) => removed.Add(value),
            });
            for (int key = 0; key < 5; key++)
            {
                cache.Set(key, key);
            }

            cache.Set(5, 5, TimeSpan.FromDays(1)); // to be compared with
            time.Advance(TimeSpan.FromHours(1));
            comparer.FailAfter(calls);
            failed = Record.Exception(() => WriteTo(cache)) is TimeoutException;
            comparer.FailAfter(int.MaxValue);
            cache.Clear();
            Assert.Equal([0, 1, 2, 3, 4], removed.Where(value => value < 5).Order());
            cache.CheckIntegrity();
        }

        void WriteTo(Cache<int, int> cache)
        {
            if (removes)
            {
                cache.Remove(3);
            }
            else
            {
                cache.Set(3, 7);
            }
        }
    }

    [Fact]
    public async Task An_entry_can_die_while_one_writes_its_value_which_is_its_last()
    {
        var node = new CacheNode<int, int>(hash: 0, key: 1, value: 1);
        Assert.True(node.TryLock());
        Assert.False(node.TryLockNow());
        node.Kill(); // and does not wait
        Assert.True(node.IsDead);
        Assert.False(node.TryLock());
        Task<int> last = Task.Run(node.LastValue, TestContext.Current.CancellationToken);
        node.Value = 2;
        Assert.False(last.IsCompleted);
        node.Unlock();
        Assert.Equal(2, await last.WaitAsync(Deadline, TestContext.Current.CancellationToken));
        Assert.True(node.IsDead);
        Assert.False(node.TryLockNow());
    }

    private static void HitsWhileAWriterIsInside<TKey>(EvictionPolicy policy, TKey hit, TKey written)
        where TKey : notnull
    {
        using var comparer = new StoppingComparer<TKey>(written);
        var cache = new Cache<TKey, (long, long)>(new CacheOptions<TKey, (long, long)> { Capacity = 10, Policy = policy, KeyComparer = comparer });
        cache.Set(hit, (1, 1));
        cache.Set(written, (2, 2)); // stored whole, so with the lock
        var writer = new Thread(() =>
        {
            comparer.StopsThisThread();
            cache.Set(written, (3, 3));
        });
        writer.Start();
        Assert.True(comparer.WaitUntilStopped(Deadline));
        Task<(long, long)[]> reader = Task.Run(async () => new[]
        {
            cache.TryGet(hit, out (long, long) value) ? value : default,
            cache.GetOrAdd(hit, static _ => (9, 9)),
            await cache.GetOrAddAsync(hit, 0, static (_, _, _) => ValueTask.FromResult<(long, long)>((9, 9))),
        });
        bool returned = reader.Wait(Deadline);
        comparer.GoOn();
        writer.Join();
        Assert.True(returned, $"A hit of a {typeof(TKey)} waited for the writer.");
        Assert.All(reader.Result, value => Assert.Equal((1, 1), value));
    }

    /// <summary>Stops one thread when it compares a key with itself.</summary>
    private sealed class StoppingComparer<TKey>(TKey stopsAt) : IEqualityComparer<TKey>, IDisposable
        where TKey : notnull
    {
        private readonly ManualResetEventSlim _stopped = new();
        private readonly ManualResetEventSlim _goOn = new();
        private int _thread;

        public void StopsThisThread() => _thread = Environment.CurrentManagedThreadId;

        public bool WaitUntilStopped(TimeSpan deadline) => _stopped.Wait(deadline);

        public void GoOn() => _goOn.Set();

        public bool Equals(TKey? x, TKey? y)
        {
            bool equal = EqualityComparer<TKey>.Default.Equals(x, y);
            if (equal && stopsAt.Equals(x) && Environment.CurrentManagedThreadId == _thread)
            {
                _stopped.Set();
                _goOn.Wait();
            }

            return equal;
        }

        public int GetHashCode(TKey obj) => obj.GetHashCode();

        public void Dispose()
        {
            _stopped.Dispose();
            _goOn.Dispose();
        }
    }

    /// <summary>All keys in one bucket, and an exception at a certain comparison.</summary>
    private sealed class FailingComparer : IEqualityComparer<int>
    {
        private int _left = int.MaxValue;

        public void FailAfter(int calls) => _left = calls;

        public bool Equals(int x, int y) => --_left == 0 ? throw new TimeoutException() : x == y;

        public int GetHashCode(int obj) => 17;
    }
}
