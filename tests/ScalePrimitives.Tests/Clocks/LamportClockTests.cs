using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

public class LamportClockTests
{
    [Fact]
    public void Numbers_rise_and_pass_what_is_received()
    {
        var clock = new LamportClock();
        Assert.Equal([1UL, 2], (ulong[])[clock.Tick(), clock.Tick()]);
        Assert.Equal(11UL, clock.Receive(10));
        Assert.Equal(12UL, clock.Receive(3));
        Assert.Equal(12UL, clock.Last);
        Assert.Equal(101UL, new LamportClock(100).Tick());
    }

    [Fact]
    public void The_last_number_is_not_passed_and_a_number_that_none_is_above_is_refused()
    {
        var clock = new LamportClock(5);
        Assert.Throws<ArgumentOutOfRangeException>("remote", () => clock.Receive(ulong.MaxValue));
        Assert.Equal(5UL, clock.Last);
        Assert.Equal(ulong.MaxValue, clock.Receive(ulong.MaxValue - 1));
        Assert.Throws<OverflowException>(() => clock.Tick());
        Assert.Equal(ulong.MaxValue, clock.Last);
    }

    [Fact]
    public void Threads_never_get_the_same_number()
    {
        const int threads = 4;
        const int each = 50_000;
        var clock = new LamportClock();
        ulong[][] numbers = new ulong[threads][];
        Concurrently.Run(threads, thread => numbers[thread] = [.. Enumerable.Range(0, each).Select(i => i % 3 == 0 ? clock.Receive((ulong)i) : clock.Tick())]);
        Assert.Equal(threads * each, numbers.SelectMany(own => own).Distinct().Count());
        Assert.All(numbers, own => Assert.True(own.Zip(own.Skip(1)).All(pair => pair.First < pair.Second)));
        Allocations.AssertNone(clock.Tick);
    }
}
