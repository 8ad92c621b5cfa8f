using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class FrequencySketchTests
{
    private const int SamplesToAging = 10_240;

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
            sketch.Serve(hashes.Length);
            sketch.Increment(hash);
            counts[hash] = counts.GetValueOrDefault(hash) + 1;
        }

        Assert.All(counts, count => Assert.True(sketch.Estimate(count.Key) >= Math.Min(count.Value, FrequencySketch.MaxCount)));
    }

    [Fact]
    public void Estimates_of_a_thousand_hashes_in_a_sketch_for_a_thousand_are_seldom_wrong()
    {
        var sketch = new FrequencySketch(seed: 1);
        Grow(sketch, entries: 1024);
        for (uint hash = 0; hash < 1024; hash++)
        {
            sketch.Increment(Scattered(hash));
        }

        // 16 hashes a block, so in each row another one of 15 takes one's counter with a probability of 1 - (31/32)^15 = 38 %;
        // in all four rows 2.1 %, and somewhat more because blocks are not evenly filled.
        int wrong = Enumerable.Range(0, 1024).Count(hash => sketch.Estimate(Scattered((uint)hash)) != 1);
        Assert.InRange(wrong, 0, 60);
    }

    [Fact]
    public void It_has_8192_counters_at_least_and_8_to_16_an_entry()
    {
        var sketch = new FrequencySketch(seed: 1);
        Assert.Equal(8192, sketch.CounterCount);
        foreach (int entries in (int[])[1000, 1024, 1025, 5000, 100_000])
        {
            Grow(sketch, entries);
            Assert.InRange(sketch.CounterCount, 8L * entries, 16L * entries);
        }
    }

    [Fact]
    public void It_grows_a_block_a_call_and_keeps_the_estimates_through_agings_too()
    {
        var sketch = new FrequencySketch(seed: 1);
        var whole = new FrequencySketch(seed: 1);
        for (int i = 0; i < SamplesToAging; i++)
        {
            // The last one ages: the blocks are of two generations while the sketch grows.
            sketch.Increment(Scattered((uint)(i % 700)));
            whole.Increment(Scattered((uint)(i % 700)));
        }

        int[] before = Estimates(whole, 1_000);
        Assert.Contains(7, before);
        long counters = sketch.CounterCount;
        for (int calls = 0; calls < 300; calls++)
        {
            sketch.Serve(5_000);
            Assert.InRange(sketch.CounterCount - counters, 0, 128);
            counters = sketch.CounterCount;
            Assert.Equal(before, Estimates(sketch, 1_000));
        }
    }

    [Fact]
    public void Aging_halves_every_count_at_once_and_each_only_once()
    {
        var sketch = new FrequencySketch(seed: 1);
        Grow(sketch, entries: 1_000);
        for (int i = 1; i < SamplesToAging; i++)
        {
            sketch.Increment(i < 3_000 ? Scattered((uint)(i % 900)) : 7);
        }

        int[] before = Estimates(sketch, 1_000);
        sketch.Increment(7);
        int[] halved = [.. before.Select(count => count / 2)];
        Assert.Contains(3, before);
        Assert.Equal(halved, Estimates(sketch, 1_000));

        // The sweep goes on by a block each time; it shows nowhere. Those that share all counters with 7 may grow.
        Repeat(200, () => sketch.Increment(7));
        int[] swept = Estimates(sketch, 1_000);
        Assert.Equal(15, sketch.Estimate(7));
        Assert.InRange(swept.Where((count, hash) => count != halved[hash]).Count(), 0, 5);
        Assert.All(swept.Zip(halved), pair => Assert.True(pair.First >= pair.Second));
    }

    [Fact]
    public void Half_the_samples_count_on_so_that_the_next_aging_comes_after_as_many_again()
    {
        var sketch = new FrequencySketch(seed: 1);
        Repeat(SamplesToAging, () => sketch.Increment(7));
        Assert.Equal(7, sketch.Estimate(7));
        Repeat((SamplesToAging / 2) - 1, () => sketch.Increment(9));
        Assert.Equal(7, sketch.Estimate(7));
        sketch.Increment(9);
        Assert.Equal(3, sketch.Estimate(7));
        Assert.Equal(7, sketch.Estimate(9));
    }

    [Fact]
    public void Aging_moves_nothing_into_a_neighbouring_counter()
    {
        var sketch = new FrequencySketch(seed: 1);
        for (int i = 1; i < SamplesToAging; i++)
        {
            // Odd counts in many counters, and the rest of the samples in one that is full.
            sketch.Increment(i < 300 ? (uint)(i % 100) : 1_000);
        }

        int[] before = [.. Enumerable.Range(0, 1_001).Select(hash => sketch.Estimate((uint)hash))];
        Assert.Contains(3, before);
        Repeat(100, () => sketch.Increment(1_000)); // ages and sweeps all blocks
        Assert.Equal(
            before[..1_000].Select(count => count / 2),
            Enumerable.Range(0, 1_000).Select(hash => before[hash] == 15 ? 7 : sketch.Estimate((uint)hash)));
    }

    [Theory]
    [InlineData(10, 10_240)]
    [InlineData(1_100, 11_000)]
    public void Aging_comes_after_ten_samples_an_entry_whatever_the_rounded_size(int entries, int samples)
    {
        var sketch = new FrequencySketch(seed: 1);
        Grow(sketch, entries);
        Repeat(samples - 1, () => sketch.Increment(7));
        Assert.Equal(15, sketch.Estimate(7));
        sketch.Increment(7);
        Assert.Equal(7, sketch.Estimate(7));
    }

    [Fact]
    public void Which_hashes_share_counters_depends_on_the_seed()
    {
        // Collisions found under one seed are no collisions under another.
        var known = new FrequencySketch(seed: 1);
        var other = new FrequencySketch(seed: 2);
        for (uint hash = 0; hash < 400; hash++)
        {
            known.Increment(Scattered(hash));
            other.Increment(Scattered(hash));
        }

        uint[] colliding = [.. Enumerable.Range(1_000_000, 100_000).Select(hash => (uint)hash).Where(hash => known.Estimate(hash) >= 1)];
        Assert.InRange(colliding.Length, 100, 10_000);
        Assert.InRange(colliding.Count(hash => other.Estimate(hash) >= 1), 0, colliding.Length / 10);
    }

    private static uint Scattered(uint number) => number * 0x9E37_79B9;

    private static int[] Estimates(FrequencySketch sketch, int count) => [.. Enumerable.Range(0, count).Select(hash => sketch.Estimate(Scattered((uint)hash)))];

    private static void Grow(FrequencySketch sketch, int entries) => Repeat((entries / 8) + 2, () => sketch.Serve(entries));

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }
}
