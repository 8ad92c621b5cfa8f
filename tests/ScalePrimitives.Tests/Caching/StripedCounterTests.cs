using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class StripedCounterTests
{
    [Fact]
    public void The_sum_is_that_of_all_that_was_added()
    {
        var counter = new StripedCounter();
        Assert.Equal(0, counter.Sum);
        counter.Increment();
        counter.Add(41);
        counter.Add(-2);
        Assert.Equal(40, counter.Sum);
    }

    [Fact]
    public void Nothing_that_threads_add_at_once_is_lost()
    {
        const int threads = 8;
        const int additions = 1_000_000;
        var counter = new StripedCounter();
        Concurrently.Run(threads, _ =>
        {
            long last = 0;
            for (int i = 0; i < additions; i++)
            {
                counter.Increment();
                counter.Add(2);
                if (i % 1000 == 0)
                {
                    long sum = counter.Sum;
                    Assert.True(sum > last, "A sum only grows, and the thread sees what it added.");
                    last = sum;
                }
            }
        });
        Assert.Equal(3L * additions * threads, counter.Sum);
    }

    [Fact]
    public void A_thread_that_takes_over_the_id_of_one_that_ended_goes_on_in_its_cell()
    {
        var counter = new StripedCounter();
        var ids = new HashSet<int>();
        const int rounds = 20;
        for (int round = 0; round < rounds; round++)
        {
            var thread = new Thread(() =>
            {
                ids.Add(Environment.CurrentManagedThreadId);
                counter.Increment();
            });
            thread.Start();
            thread.Join();
            GC.Collect();
            GC.WaitForPendingFinalizers(); // which gives the id back
        }

        Assert.True(ids.Count < rounds, "Ids are given again.");
        Assert.Equal(rounds, counter.Sum);
    }

    [Fact]
    public void Nothing_that_threads_of_many_cells_add_is_left_out_of_the_sum()
    {
        var counter = new StripedCounter();
        Concurrently.Run(100, index => counter.Add(index));
        Assert.Equal(99 * 100 / 2, counter.Sum);
    }

    [Fact]
    public void Nothing_allocates()
    {
        var counter = new StripedCounter();
        Allocations.AssertNone(() =>
        {
            counter.Increment();
            return (ulong)counter.Sum;
        });
    }
}
