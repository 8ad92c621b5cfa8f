using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class LossySampleTests
{
    [Fact]
    public void One_thread_takes_what_it_added_in_order_and_once()
    {
        var sample = new LossySample();
        sample.Add(7);
        sample.Add(8);
        Assert.Equal([7u, 8u], sample.Take(int.MaxValue).ToArray());
        Assert.Empty(sample.Take(int.MaxValue).ToArray());
    }

    [Fact]
    public void What_is_left_of_a_stripe_comes_before_what_was_added_since()
    {
        var sample = new LossySample();
        for (uint hash = 0; hash < 5; hash++)
        {
            sample.Add(hash);
        }

        Assert.Equal([0u, 1u], sample.Take(2).ToArray());
        sample.Add(5);
        Assert.Equal([2u, 3u], sample.Take(2).ToArray());
        Assert.Equal([4u], sample.Take(2).ToArray());
        Assert.Equal([5u], sample.Take(2).ToArray());
        Assert.Empty(sample.Take(2).ToArray());
    }

    [Fact]
    public void A_full_stripe_loses_what_comes_until_it_is_taken()
    {
        var sample = new LossySample();
        for (uint hash = 0; hash < 1_000; hash++)
        {
            sample.Add(hash);
        }

        Assert.Equal(Enumerable.Range(0, LossySample.StripeCapacity).Select(hash => (uint)hash), sample.Take(int.MaxValue).ToArray());
        sample.Add(1_000);
        Assert.Equal([1_000u], sample.Take(int.MaxValue).ToArray());
    }

    [Fact]
    public void Readers_and_a_writer_at_once_never_yield_what_was_not_added()
    {
        var sample = new LossySample();
        using var start = new Barrier(4);
        Thread[] readers = [.. Enumerable.Range(1, 3).Select(reader => new Thread(() =>
        {
            start.SignalAndWait(TestContext.Current.CancellationToken);
            for (uint i = 0; i < 200_000; i++)
            {
                sample.Add(((uint)reader << 24) | (i & 0xFFFF)); // the third byte is always 0
            }
        }))];
        Array.ForEach(readers, reader => reader.Start());
        start.SignalAndWait(TestContext.Current.CancellationToken);
        long taken = 0;
        while (readers.Any(reader => reader.IsAlive))
        {
            foreach (uint hash in sample.Take(int.MaxValue))
            {
                taken++;
                Assert.InRange(hash >> 24, 1u, 3u);
                Assert.Equal(0u, (hash >> 16) & 0xFF);
            }
        }

        Array.ForEach(readers, reader => reader.Join());
        while (sample.Take(int.MaxValue) is { Length: > 0 } rest)
        {
            taken += rest.Length;
        }

        Assert.True(taken > 0);
    }
}
