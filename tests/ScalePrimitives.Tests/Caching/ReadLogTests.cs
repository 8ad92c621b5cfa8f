using System.Runtime.CompilerServices;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class ReadLogTests
{
    private const int RingSize = 256;

    private readonly CacheGate _gate = new();
    private readonly RecordingPolicy _policy = new();

    [Theory]
    [InlineData(1)]
    [InlineData(RingSize)]
    [InlineData(RingSize + 1)]
    [InlineData(5 * RingSize)]
    public void Reads_are_replayed_in_their_order_however_many_come_before_a_write(int count)
    {
        var log = new ReadLog(_gate, _policy);
        CacheEntry[] entries = Entries(count);
        Array.ForEach(entries, log.Add);
        Replay(log);
        Assert.Equal(entries, _policy.Accesses);
        Replay(log);
        Assert.Equal(count, _policy.Accesses.Count);
    }

    [Fact]
    public void An_entry_that_has_left_is_not_told_of()
    {
        var log = new ReadLog(_gate, _policy);
        CacheEntry[] entries = Entries(3);
        Array.ForEach(entries, log.Add);
        entries[1].Kill();
        Replay(log);
        Assert.Equal([entries[0], entries[2]], _policy.Accesses);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Of_many_threads_that_meet_at_a_full_ring_each_keeps_its_order_and_loses_nothing(int threads, bool writer)
    {
        const int reads = 20_000;
        var log = new ReadLog(_gate, _policy);
        CacheEntry[][] entries = [.. Enumerable.Range(0, threads).Select(_ => Entries(reads))];
        int running = threads;
        Concurrently.Run(threads + 1, thread =>
        {
            if (thread < threads)
            {
                Array.ForEach(entries[thread], log.Add);
                Interlocked.Decrement(ref running);
                return;
            }

            while (writer && Volatile.Read(ref running) > 0)
            {
                Replay(log);
            }
        });
        Replay(log);
        Assert.Equal(threads * reads, _policy.Accesses.Count);
        for (int thread = 0; thread < threads; thread++)
        {
            HashSet<CacheEntry> own = [.. entries[thread]];
            Assert.Equal(entries[thread], _policy.Accesses.Where(own.Contains));
        }
    }

    // It is as if it had not begun yet.
    [Fact]
    public void A_reader_that_is_stopped_between_its_ticket_and_its_slot_holds_up_no_replay()
    {
        var log = new ReadLog(_gate, _policy);
        CacheEntry[] entries = Entries(6);
        log.Add(entries[0]);
        long stopped = log.TakeTicket();
        log.Add(entries[1]);
        Replay(log);
        Assert.Equal(entries[..2], _policy.Accesses);
        log.Add(entries[2]);
        Replay(log);
        Replay(log);
        Assert.Equal(entries[..3], _policy.Accesses);
        log.Add(entries[3]);
        log.Fill(stopped, entries[4]);
        log.Add(entries[5]);
        Replay(log);
        Assert.Equal([.. entries[..3], entries[4], entries[3], entries[5]], _policy.Accesses);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Beside_readers_that_are_stopped_the_others_go_on_and_lose_nothing(int stops)
    {
        const int rounds = 20;
        const int readsARound = 40; // some more would wait until the first that is stopped goes on
        var log = new ReadLog(_gate, _policy);
        CacheEntry[] stopped = Entries(rounds * stops);
        CacheEntry[] others = Entries(rounds * readsARound);
        for (int round = 0; round < rounds; round++)
        {
            long[] tickets = [.. Enumerable.Range(0, stops).Select(_ => log.TakeTicket())];
            foreach (CacheEntry entry in others.AsSpan(round * readsARound, readsARound))
            {
                log.Add(entry);
                Replay(log);
                Assert.Same(entry, _policy.Accesses[^1]);
            }

            for (int i = 0; i < stops; i++)
            {
                log.Fill(tickets[i], stopped[(round * stops) + i]);
            }
        }

        Replay(log);
        Assert.Equal(stopped, _policy.Accesses.Where(new HashSet<CacheEntry>(stopped).Contains));
        Assert.Equal(others, _policy.Accesses.Where(new HashSet<CacheEntry>(others).Contains));
    }

    // A ticket without an entry would stop every reader for good.
    [Fact]
    public void A_reader_that_is_interrupted_while_it_waits_for_room_still_leaves_its_entry()
    {
        var log = new ReadLog(_gate, _policy);
        CacheEntry[] entries = Entries(RingSize + 1);
        Array.ForEach(entries[..RingSize], log.Add);
        Exception? failure = null;
        var reader = new Thread(() =>
        {
            try
            {
                Thread.CurrentThread.Interrupt();
                log.Add(entries[RingSize]);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        using (_gate.EnterScope())
        {
            reader.Start();
            reader.Join(100); // returns early only for a reader that did not wait
        }

        reader.Join();
        Assert.Null(failure);
        Replay(log);
        Assert.Equal(entries, _policy.Accesses);
    }

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void A_cache_keeps_nothing_alive_that_was_read_and_has_left(EvictionPolicy policy)
    {
        var cache = new Cache<int, object>(100, policy);
        WeakReference[] values = Fill(cache);
        cache.Clear();
        GC.Collect();
        Assert.DoesNotContain(values, value => value.IsAlive);

        values = Fill(cache);
        for (int key = 0; key < 50; key++)
        {
            cache.Remove(key);
        }

        GC.Collect();
        Assert.DoesNotContain(values[..50], value => value.IsAlive);
        Assert.DoesNotContain(values[50..], value => !value.IsAlive);
        GC.KeepAlive(cache);
    }

    [Theory]
    [InlineData(EvictionPolicy.Lru)]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Calls_of_two_threads_that_do_not_overlap_evict_what_the_textbook_list_evicts(EvictionPolicy policy)
    {
        const int capacity = 40;
        var removed = new List<(int, int, RemovalCause)>();
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = capacity, Policy = policy, OnRemoved = (key, value, cause) => removed.Add((key, value, cause)) });
        var model = new NaiveCache(capacity, policy);
        var random = new Random(1);
        int turn = 0;
        Concurrently.Run(threads: 2, thread =>
        {
            try
            {
                for (int own = thread; own < 400; own += 2)
                {
                    var spinner = default(SpinWait);
                    while (Volatile.Read(ref turn) < own)
                    {
                        spinner.SpinOnce(sleep1Threshold: -1);
                    }

                    Call(own % 20 == 0 ? 600 : 20); // at times more reads in a row than the log holds
                    Interlocked.CompareExchange(ref turn, own + 1, own); // unless the other has failed
                }
            }
            catch
            {
                Volatile.Write(ref turn, int.MaxValue);
                throw;
            }
        });
        Assert.Equal(model.Removed, removed);
        Assert.Equal(model.ColdestFirst.Order(), cache.Select(entry => (entry.Key, entry.Value)).Order());
        cache.CheckIntegrity();

        void Call(int maxCalls)
        {
            int calls = random.Next(maxCalls);
            for (int i = 0; i < calls; i++)
            {
                int key = (int)(60 * random.NextDouble() * random.NextDouble());
                if (i % 10 == 9)
                {
                    cache.Set(key, i);
                    model.Set(key, i);
                }
                else
                {
                    Assert.Equal(model.TryGet(key, out int expected), cache.TryGet(key, out int value));
                    Assert.Equal(expected, value);
                }
            }
        }
    }

    private static CacheEntry[] Entries(int count) => [.. Enumerable.Range(0, count).Select(i => new CacheEntry((uint)i))];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Fill(Cache<int, object> cache)
    {
        var values = new WeakReference[100];
        for (int key = 0; key < values.Length; key++)
        {
            object value = new();
            values[key] = new WeakReference(value);
            cache.Set(key, value);
        }

        for (int key = 0; key < values.Length; key++)
        {
            cache.TryGet(key, out _);
        }

        return values;
    }

    private void Replay(ReadLog log)
    {
        using (_gate.EnterScope())
        {
            log.Replay();
        }
    }

    private sealed class RecordingPolicy : ReplacementPolicy
    {
        public List<CacheEntry> Accesses { get; } = [];

        public override void Accessed(CacheEntry entry) => Accesses.Add(entry);

        public override void Added(CacheEntry entry) => throw new NotSupportedException();

        public override void Removed(CacheEntry entry) => throw new NotSupportedException();

        public override void Replaced(CacheEntry entry, CacheEntry successor) => throw new NotSupportedException();

        public override CacheEntry NextVictim() => throw new NotSupportedException();

        public override CacheEntry? Foresee() => throw new NotSupportedException();

        public override IEnumerable<CacheEntry> ColdestFirst() => throw new NotSupportedException();

        public override IEnumerable<CacheEntry> HottestFirst() => throw new NotSupportedException();

        public override IEnumerable<CacheEntry> CheckedEntries() => throw new NotSupportedException();
    }
}
