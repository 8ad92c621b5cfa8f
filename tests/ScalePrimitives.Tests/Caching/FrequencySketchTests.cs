using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class FrequencySketchTests
{
    [Fact]
    public void A_hash_seen_n_times_is_estimated_n_and_at_most_fifteen()
    {
        var sketch = new FrequencySketch(seed: 1);
        Assert.Equal(0, sketch.Estimate(42));
        for (int times = 1; times <= 20; times++)
        {
            sketch.Increment(42);
            Assert.Equal(Math.Min(times, FrequencySketch.MaxCount), sketch.Estimate(42));
        }
    }

    [Property(MaxTest = 100)]
    public void An_estimate_is_never_below_the_truth_before_it_ages(uint[] hashes, ulong seed)
    {
        var sketch = new FrequencySketch(seed);
        var counts = new Dictionary<uint, int>();
        foreach (uint hash in hashes)
        {
            sketch.Increment(hash);
            counts[hash] = counts.GetValueOrDefault(hash) + 1;
        }

        Assert.All(counts, count => Assert.True(sketch.Estimate(count.Key) >= Math.Min(count.Value, FrequencySketch.MaxCount)));
    }

    [Fact]
    public void Estimates_of_a_thousand_hashes_in_a_sketch_for_a_thousand_are_seldom_wrong()
    {
        var sketch = new FrequencySketch(seed: 1);
        sketch.EnsureRoomFor(1024);
        for (uint hash = 0; hash < 1024; hash++)
        {
            sketch.Increment(hash * 0x9E37_79B9);
        }

        // Four counters of 8,192 each, 4,096 increments: all four are shared with a probability of 0.39^4 = 2.4 %.
        int wrong = Enumerable.Range(0, 1024).Count(hash => sketch.Estimate((uint)hash * 0x9E37_79B9) != 1);
        Assert.InRange(wrong, 0, 60);
    }

    [Fact]
    public void It_has_1024_counters_at_least_and_eight_an_entry_and_growing_keeps_the_estimates()
    {
        var sketch = new FrequencySketch(seed: 1);
        Assert.Equal(1024, sketch.CounterCount);
        for (int i = 0; i < 500; i++)
        {
            sketch.Increment((uint)(i % 50));
        }

        int[] before = [.. Enumerable.Range(0, 200).Select(hash => sketch.Estimate((uint)hash))];
        sketch.EnsureRoomFor(1000);
        Assert.Equal(8192, sketch.CounterCount);
        Assert.Equal(before, Enumerable.Range(0, 200).Select(hash => sketch.Estimate((uint)hash)));
        Assert.All(before[..50], estimate => Assert.True(estimate >= 10));
    }

    [Fact]
    public void Aging_halves_every_count()
    {
        var sketch = new FrequencySketch(seed: 1);
        for (int i = 0; i < 10_239; i++)
        {
            sketch.Increment(7);
        }

        Assert.Equal(15, sketch.Estimate(7));
        sketch.Increment(7);
        Assert.Equal(7, sketch.Estimate(7));

        // Half the samples count on, so the next aging comes after as many again.
        for (int i = 0; i < 5_119; i++)
        {
            sketch.Increment(9);
        }

        Assert.Equal(7, sketch.Estimate(7));
        sketch.Increment(9);
        Assert.Equal(3, sketch.Estimate(7));
        Assert.Equal(7, sketch.Estimate(9));
    }

    [Fact]
    public void Aging_moves_nothing_into_a_neighbouring_counter()
    {
        var sketch = new FrequencySketch(seed: 1);
        for (int i = 0; i < 10_239; i++)
        {
            // Odd counts in many counters, and the rest of the samples in one that is full.
            sketch.Increment(i < 300 ? (uint)(i % 100) : 1_000);
        }

        int[] before = [.. Enumerable.Range(0, 1_001).Select(hash => sketch.Estimate((uint)hash))];
        sketch.Increment(1_000);

        Assert.Contains(3, before);
        Assert.Equal(before.Select(count => count / 2), Enumerable.Range(0, 1_001).Select(hash => sketch.Estimate((uint)hash)));
    }

    [Fact]
    public void Aging_comes_after_ten_samples_an_entry_whatever_the_rounded_size()
    {
        var sketch = new FrequencySketch(seed: 1);
        sketch.EnsureRoomFor(1_100);
        for (int i = 1; i < 11_000; i++)
        {
            sketch.Increment(7);
        }

        Assert.Equal(15, sketch.Estimate(7));
        sketch.Increment(7);
        Assert.Equal(7, sketch.Estimate(7));
    }

    [Fact]
    public void Which_hashes_share_counters_depends_on_the_seed()
    {
        // Collisions with hash 0 found under one seed are no collisions under another.
        var known = new FrequencySketch(seed: 1);
        for (int i = 0; i < 15; i++)
        {
            known.Increment(0);
        }

        for (uint filler = 1; filler < 400; filler++)
        {
            known.Increment(filler * 0x9E37_79B9);
        }

        uint[] colliding = [.. Enumerable.Range(1_000_000, 100_000).Select(hash => (uint)hash).Where(hash => known.Estimate(hash) >= 3)];
        Assert.NotEmpty(colliding);

        var other = new FrequencySketch(seed: 2);
        for (int i = 0; i < 15; i++)
        {
            other.Increment(0);
        }

        Assert.True(colliding.Count(hash => other.Estimate(hash) >= 3) < colliding.Length / 10);
    }
}
