using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;
using static ScalePrimitives.Tests.Ids.SnowflakeSamples;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeGeneratorStressTests
{
    private const int Threads = 4;

    [Fact]
    public void Millions_of_ids_of_the_system_clock_are_unique_and_each_thread_sees_them_rise()
    {
        const int PerThread = 750_000;
        var generator = new SnowflakeGenerator(Options(Wide, TimeProvider.System, borrowMs: 50, toleranceMs: 100));
        long[][] drawn = Race.Run(Threads, thread =>
        {
            var ids = new long[PerThread];
            int count = 0;
            while (count < PerThread)
            {
                ids[count++] = generator.Next();
                count += generator.Fill(ids.AsSpan(count, Math.Min(1 + thread, PerThread - count)));
            }

            return ids;
        });
        AssertUniqueAndRising(drawn, Threads * PerThread);
    }

    [Fact]
    public void Threads_that_drain_a_frozen_clock_share_every_word_up_to_the_limit_and_leave_none_out()
    {
        // Conservation: 4096 ids a tick, of the tick itself and 20 borrowed ones.
        var layout = SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Server(10), SnowflakeField.Sequence(12));
        var clock = new ManualTimeProvider();
        SnowflakeGenerator generator = Started(layout, clock, borrowMs: 20);
        clock.Advance(TimeSpan.FromMilliseconds(100));
        long[][] drawn = Race.Run(Threads, thread =>
        {
            var ids = new List<long>();
            var batch = new long[1 + (thread * 5)];
            while (ids.Count < 100_000 && generator.Fill(batch) is var filled and > 0)
            {
                ids.AddRange(batch.AsSpan(0, filled));
            }

            return ids.ToArray();
        });
        long first = layout.TickAt(clock.GetUtcNow());
        Assert.Equal(
            Enumerable.Range(0, 21 * 4096).Select(i => layout.Encode(first + (i / 4096), 0, 2, i % 4096)),
            drawn.SelectMany(ids => ids).Order());
    }

    [Fact]
    public void Threads_never_share_an_id_while_the_wall_clock_jumps_both_ways()
    {
        const int PerThread = 150_000;
        var clock = new ManualTimeProvider();
        SnowflakeGenerator generator = Started(SnowflakeLayout.Twitter, clock, borrowMs: 5, toleranceMs: 10);
        using var done = new CountdownEvent(Threads);
        long[][] drawn = Race.Run(Threads + 1, thread =>
        {
            if (thread == Threads)
            {
                var random = new Random(1);
                while (!done.IsSet)
                {
                    clock.StepWall(TimeSpan.FromMilliseconds(random.Next(-20, 22)));
                }

                return [];
            }

            var ids = new long[PerThread];
            int count = 0;
            for (int attempts = 0; attempts < 20_000_000 && count < PerThread; attempts++)
            {
                count += generator.TryNext(out ids[count]) ? 1 : 0;
                count += count < PerThread ? generator.Fill(ids.AsSpan(count, Math.Min(3, PerThread - count))) : 0;
            }

            done.Signal();
            return ids[..count];
        });
        AssertUniqueAndRising(drawn, Threads * PerThread);
    }

    [Fact]
    public async Task Waiting_threads_and_tasks_all_get_ids_of_their_own()
    {
        const int Each = 8;
        var clock = new ManualTimeProvider();
        var generator = new SnowflakeGenerator(Options(Narrow, clock));
        Task<long>[] waiting = [.. Enumerable.Range(0, Each).Select(_ => generator.NextAsync().AsTask()), .. Enumerable.Range(0, Each).Select(_ => Task.Factory.StartNew(generator.Next, TaskCreationOptions.LongRunning))];
        Task<long[]> all = Task.WhenAll(waiting);
        for (int i = 0; i < 1_000_000 && !all.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromMicroseconds(100)); // slowly: MaxWait passes after 50,000 steps
            await Task.Yield();
        }

        Assert.Equal(2 * Each, (await all).ToHashSet().Count);
    }

    private static void AssertUniqueAndRising(long[][] drawn, int expected)
    {
        foreach (long[] ids in drawn)
        {
            for (int i = 1; i < ids.Length; i++)
            {
                Assert.True(ids[i] > ids[i - 1], $"{ids[i]} follows {ids[i - 1]}");
            }
        }

        long[] all = [.. drawn.SelectMany(ids => ids)];
        Array.Sort(all);
        Assert.Equal(expected, all.Length);
        for (int i = 1; i < all.Length; i++)
        {
            Assert.True(all[i] != all[i - 1], $"{all[i]} was issued twice");
        }
    }
}
