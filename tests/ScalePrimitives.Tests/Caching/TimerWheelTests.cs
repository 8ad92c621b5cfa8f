using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class TimerWheelTests
{
    private const long Frequency = 1_000_000_000; // nanoseconds, as on Linux
    private const long Millisecond = Frequency / 1000;
    private const long Year = 365L * 86_400 * Frequency;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(3_000, 4)]
    [InlineData(10_000_000, 8192)]
    [InlineData(1_000_000_000, 1 << 20)]
    public void A_tick_is_the_power_of_two_nearest_to_a_millisecond(long frequency, long expected) =>
        Assert.Equal(expected, new TimerWheel(frequency, 0).TickLength);

    [Fact]
    public void An_entry_is_found_within_a_tick_after_its_deadline_and_not_before()
    {
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry entry = Schedule(wheel, 10 * Millisecond);
        Assert.Null(wheel.NextDue((10 * Millisecond) - 1));
        Assert.Equal(1, wheel.Count);
        Assert.Same(entry, wheel.NextDue((10 * Millisecond) + wheel.TickLength));
        Assert.Null(wheel.NextDue(Year));
        Assert.Equal(0, wheel.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_deadline_already_past_is_due_at_once(long deadline)
    {
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry entry = Schedule(wheel, deadline);
        wheel.CheckIntegrity();
        Assert.Same(entry, wheel.NextDue(0));
        wheel.CheckIntegrity();
    }

    [Fact]
    public void A_clock_of_milliseconds_is_met_exactly()
    {
        var wheel = new TimerWheel(1000, 0);
        CacheEntry[] entries = [.. Enumerable.Range(1, 300).Select(deadline => Schedule(wheel, deadline))];
        for (int now = 1; now <= 300; now++)
        {
            Assert.Same(entries[now - 1], wheel.NextDue(now));
            Assert.Null(wheel.NextDue(now));
        }
    }

    [Fact]
    public void Cancelling_takes_out_only_that_entry_and_twice_does_nothing()
    {
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry[] sameBucket = [.. Enumerable.Range(0, 3).Select(_ => Schedule(wheel, Year))];
        foreach (int index in (int[])[1, 0])
        {
            wheel.Cancel(sameBucket[index]);
            wheel.Cancel(sameBucket[index]);
            wheel.CheckIntegrity();
        }

        wheel.Cancel(new TestEntry(0));
        Assert.Equal(1, wheel.Count);
        Assert.Same(sameBucket[2], wheel.NextDue(2 * Year));
        wheel.Cancel(sameBucket[2]);
        Assert.Equal(0, wheel.Count);
        wheel.CheckIntegrity();
    }

    [Fact]
    public void A_clock_that_goes_backwards_changes_nothing()
    {
        var wheel = new TimerWheel(Frequency, Year);
        CacheEntry later = Schedule(wheel, Year + (5 * Millisecond));
        Assert.Null(wheel.NextDue(Year + Millisecond));
        Assert.Null(wheel.NextDue(0));
        CacheEntry past = Schedule(wheel, Year + Millisecond); // by the latest time seen
        Assert.Same(past, wheel.NextDue(long.MinValue));
        wheel.CheckIntegrity();
        Assert.Same(later, wheel.NextDue(Year + (7 * Millisecond)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(10_000_000)]
    [InlineData(1_000_000_000)]
    [InlineData(long.MaxValue)]
    public void The_whole_range_of_timestamps_is_spanned(long frequency)
    {
        var wheel = new TimerWheel(frequency, long.MinValue);
        CacheEntry never = Schedule(wheel, long.MaxValue);
        CacheEntry zero = Schedule(wheel, 0);
        Assert.Null(wheel.NextDue(-1));
        Assert.Same(zero, wheel.NextDue(wheel.TickLength));
        Assert.Null(wheel.NextDue(long.MaxValue - wheel.TickLength));
        wheel.CheckIntegrity();
        wheel.Cancel(never);
        Assert.Equal(0, wheel.Count);
        wheel.CheckIntegrity();
    }

    [Fact]
    public void A_jump_of_centuries_is_not_walked_tick_by_tick()
    {
        var wheel = new TimerWheel(1000, 0);
        CacheEntry[] entries = [.. Enumerable.Range(0, 62).Select(power => Schedule(wheel, 1L << power))];
        foreach (CacheEntry entry in entries)
        {
            // 2^61 ms are 73 million years: walking them would not end.
            Assert.Null(wheel.NextDue(entry.Timer.Deadline - 1));
            Assert.Same(entry, wheel.NextDue(entry.Timer.Deadline));
        }
    }

    [Fact]
    public void A_caller_may_stop_between_any_two_steps_of_a_million_entries_in_one_bucket()
    {
        const int count = 1_000_000;
        const long first = Year / 2;
        const long last = first + Frequency;
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry[] entries = [.. Enumerable.Range(0, count).Select(i => Schedule(wheel, i % 2 == 0 ? first : last))];

        // Half of the bucket is due, and the other half moves on. After two calls everything else goes on in its midst.
        const long now = first + (Frequency / 2);
        int found = TakeSteps(wheel, now, 100) + TakeSteps(wheel, now, 100);
        Assert.InRange(found, 1, 200);
        wheel.Cancel(entries[count / 2]); // due
        wheel.Cancel(entries[(count / 2) + 1]); // not yet due
        Schedule(wheel, 0);
        Schedule(wheel, now);
        wheel.CheckIntegrity();
        int calls = 2;
        while (found < (count / 2) + 1)
        {
            found += TakeSteps(wheel, now, 100);
            Assert.True(calls++ <= count / 100, "Each entry of the bucket is touched once.");
        }

        Assert.Null(wheel.NextDue(now));
        wheel.CheckIntegrity();
        Assert.Equal((count / 2) - 1, Drain(wheel, last + Frequency).Count());
    }

    [Fact]
    public void Without_steps_none_is_found_and_none_is_lost()
    {
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry entry = Schedule(wheel, Millisecond);
        int steps = 0;
        Assert.Null(wheel.NextDue(Year, ref steps));
        Assert.Equal(0, steps);
        wheel.CheckIntegrity();
        steps = 1;
        Assert.Same(entry, wheel.NextDue(Year, ref steps));
        Assert.Equal(0, steps);
    }

    [Fact]
    public void Nothing_allocates()
    {
        var wheel = new TimerWheel(Frequency, 0);
        CacheEntry[] entries = [.. Enumerable.Range(0, 10).Select(_ => new TestEntry(0))];
        long now = 0;
        Allocations.AssertNone(() =>
        {
            for (int i = 0; i < entries.Length; i++)
            {
                entries[i].Timer.Deadline = now + (Millisecond << i);
                wheel.Schedule(entries[i]);
            }

            wheel.Cancel(entries[3]);
            wheel.Cancel(entries[7]);
            ulong found = 0;
            for (long end = now + (2 * Millisecond << entries.Length); now < end; now += 20 * Millisecond)
            {
                while (wheel.NextDue(now) is not null)
                {
                    found++;
                }
            }

            return found;
        });
    }

    private static TestEntry Schedule(TimerWheel wheel, long deadline)
    {
        var entry = new TestEntry(0);
        entry.Timer.Deadline = deadline;
        wheel.Schedule(entry);
        return entry;
    }

    private static int TakeSteps(TimerWheel wheel, long now, int steps)
    {
        int found = 0;
        while (wheel.NextDue(now, ref steps) is { } due)
        {
            Assert.True(due.Timer.Deadline <= now);
            found++;
        }

        return found;
    }

    private static IEnumerable<CacheEntry> Drain(TimerWheel wheel, long now)
    {
        while (wheel.NextDue(now) is { } due)
        {
            yield return due;
        }
    }
}
