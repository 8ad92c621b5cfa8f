using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

public class VectorClockTests
{
    private const ulong A = 1;
    private const ulong B = 2;

    [Fact]
    public void Empty_has_seen_nothing()
    {
        Assert.Equal(0, VectorClock.Empty.Count);
        Assert.Equal(0UL, VectorClock.Empty[A]);
        Assert.False(VectorClock.Empty.Contains(new Dot(A, 1)));
        Assert.Same(VectorClock.Empty, VectorClock.From());
        Assert.Same(VectorClock.Empty, VectorClock.Empty.Increment(A).Without(A));
    }

    [Fact]
    public void Two_writes_from_one_ancestor_are_concurrent_until_merged()
    {
        VectorClock ancestor = VectorClock.Empty.Increment(A);
        VectorClock left = ancestor.Increment(A);
        VectorClock right = ancestor.Increment(B);

        Assert.Equal(CausalOrder.Concurrent, left.Compare(right));
        Assert.Equal(CausalOrder.Before, ancestor.Compare(left));
        Assert.Equal(CausalOrder.After, right.Compare(ancestor));

        VectorClock merged = left.Merge(right);
        Assert.True(merged.Descends(left) && merged.Descends(right));
        Assert.Equal(2UL, merged[A]);
        Assert.Equal(1UL, merged[B]);
    }

    [Fact]
    public void An_actor_that_only_one_side_has_puts_that_side_ahead()
    {
        VectorClock one = [new(10, 5)];
        foreach (ulong other in new ulong[] { 9, 11 })
        {
            VectorClock two = [new(10, 5), new(other, 1)];
            Assert.Equal(CausalOrder.Before, one.Compare(two));
            Assert.Equal(CausalOrder.After, two.Compare(one));
            Assert.Equal(CausalOrder.Concurrent, one.Increment(10).Compare(two));
        }
    }

    [Fact]
    public void Increment_returns_the_dots_one_by_one()
    {
        VectorClock clock = VectorClock.Empty.Increment(B, out Dot first).Increment(B, out Dot second);

        Assert.Equal(new Dot(B, 1), first);
        Assert.Equal(new Dot(B, 2), second);
        Assert.True(clock.Contains(first) && clock.Contains(second));
        Assert.False(clock.Contains(new Dot(B, 3)));
    }

    [Fact]
    public void Dot_of_counter_zero_is_no_event()
    {
        VectorClock clock = [new(A, 1)];

        Assert.False(clock.Contains(new Dot(A, 0)));
        Assert.False(clock.Contains(default));
    }

    [Fact]
    public void Increment_at_the_maximum_throws_and_changes_nothing()
    {
        VectorClock clock = [new(0xAB, ulong.MaxValue)];
        VectorClock.Builder builder = clock.ToBuilder();

        OverflowException thrown = Assert.Throws<OverflowException>(() => clock.Increment(0xAB));
        Assert.Contains("00000000000000ab", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<OverflowException>(() => builder.Increment(0xAB));

        Assert.Equal(ulong.MaxValue, clock[0xAB]);
        Assert.Equal(clock, builder.ToVectorClock());
    }

    [Fact]
    public void Entries_enumerate_in_ascending_order_of_actors()
    {
        VectorClock clock = VectorClock.From(new Dot(ulong.MaxValue, 1), new Dot(0, 7), new Dot(1UL << 63, 3));

        Assert.Equal([new Dot(0, 7), new Dot(1UL << 63, 3), new Dot(ulong.MaxValue, 1)], (Dot[])[.. clock]);
        Assert.Equal(3, clock.Count);
        Assert.Equal(3UL, clock[1UL << 63]);
    }

    [Fact]
    public void Entries_with_a_counter_of_zero_or_an_actor_twice_are_refused()
    {
        ArgumentException zero = Assert.Throws<ArgumentException>(() => VectorClock.From(new Dot(A, 1), new Dot(B, 0)));
        ArgumentException twice = Assert.Throws<ArgumentException>(() => VectorClock.From(new Dot(A, 1), new Dot(B, 1), new Dot(A, 2)));

        Assert.Equal("entries", zero.ParamName);
        Assert.StartsWith("entries[1] has the counter 0; counters start at 1.", zero.Message, StringComparison.Ordinal);
        Assert.Equal("entries", twice.ParamName);
        Assert.StartsWith("entries must have each actor once, but have 0000000000000001 more than once.", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_actors_than_the_maximum_are_refused_everywhere_and_change_nothing()
    {
        Dot[] dots = [.. Enumerable.Range(0, VectorClock.MaxCount + 1).Select(i => new Dot((ulong)i, 1))];
        VectorClock full = VectorClock.From(dots.AsSpan(1));
        VectorClock.Builder builder = full.ToBuilder();

        Assert.Throws<ArgumentException>(() => VectorClock.From(dots));
        Assert.Throws<InvalidOperationException>(() => full.Increment(0));
        Assert.Throws<InvalidOperationException>(() => full.Merge([dots[0]]));
        Assert.Throws<InvalidOperationException>(() => builder.Increment(0));
        Assert.Throws<InvalidOperationException>(() => builder.Merge([dots[0]]));

        Assert.Equal(VectorClock.MaxCount, full.Count);
        Assert.Equal(full, builder.ToVectorClock());
        Assert.Equal(2UL, full.Increment(VectorClock.MaxCount)[VectorClock.MaxCount]);
    }

    [Fact]
    public void Null_is_refused_by_name_and_equals_no_clock()
    {
        Assert.Throws<ArgumentNullException>("other", () => VectorClock.Empty.Compare(null!));
        Assert.Throws<ArgumentNullException>("other", () => VectorClock.Empty.Descends(null!));
        Assert.Throws<ArgumentNullException>("other", () => VectorClock.Empty.Merge(null!));
        Assert.Throws<ArgumentNullException>("other", () => new VectorClock.Builder().Merge(null!));
        Assert.False(VectorClock.Empty.Equals(null));
        Assert.False(VectorClock.Empty.Equals((object)"{}"));
    }

    [Fact]
    public void Hash_code_is_the_same_in_every_process()
    {
        Assert.Equal(0, VectorClock.Empty.GetHashCode());
        Assert.Equal(1191927331, VectorClock.From(new Dot(A, 2), new Dot(B, 1)).GetHashCode());
    }

    [Fact]
    public void Hash_codes_of_small_clocks_rarely_meet()
    {
        var hashes = new HashSet<int>();
        for (ulong i = 1; i <= 100; i++)
        {
            for (ulong j = 1; j <= 100; j++)
            {
                hashes.Add(VectorClock.From(new Dot(A, i), new Dot(B, j)).GetHashCode());
            }
        }

        Assert.InRange(hashes.Count, 9_990, 10_000); // a random function of 10,000 values into 32 bits meets 0.01 times
    }

    [Fact]
    public void Looking_allocates_nothing()
    {
        VectorClock left = VectorClock.From([.. Enumerable.Range(0, 100).Select(i => new Dot((ulong)i * 3, 5))]);
        VectorClock ancestor = VectorClock.From([.. left]).Without(30);
        VectorClock sibling = VectorClock.From([.. Enumerable.Range(0, 100).Select(i => new Dot((ulong)i * 2, 7))]);
        byte[] bytes = new byte[left.GetEncodedLength()];
        char[] text = new char[$"{left}".Length];
        ulong sum = 0;

        // The first run compiles; the second is measured.
        Look();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Look();
        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0UL, sum);

        void Look()
        {
            sum += (ulong)left.Compare(sibling) + (ulong)left.Compare(ancestor) + left[30];
            sum += left.Descends(ancestor) && left.Contains(new Dot(3, 5)) && !left.Equals(sibling) ? 1UL : 0;
            sum += (ulong)left.GetHashCode() + (ulong)left.Merge(ancestor).Count + (ulong)ancestor.Merge(left).Count;
            sum += left.TryWrite(bytes, out int written) && left.TryFormat(text, out _, "", null) && left.TryFormat(bytes, out _, "", null) ? (ulong)written : 0;
            foreach (Dot dot in left)
            {
                sum += dot.Counter;
            }
        }
    }
}
