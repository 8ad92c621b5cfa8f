namespace ScalePrimitives.Tests.Support;

public class ManualTimeProviderTests
{
    [Fact]
    public void Setting_the_wall_clock_back_leaves_the_monotonic_clock()
    {
        var time = new ManualTimeProvider();
        time.Advance(TimeSpan.FromSeconds(5));
        long before = time.GetTimestamp();

        time.StepWall(TimeSpan.FromHours(-1));

        Assert.Equal(before, time.GetTimestamp());
        Assert.Equal(new DateTimeOffset(2025, 12, 31, 23, 0, 5, TimeSpan.Zero), time.GetUtcNow());
    }

    [Fact]
    public void Timers_fire_in_order_at_their_due_times()
    {
        var time = new ManualTimeProvider();
        var fired = new List<(string Name, TimeSpan At)>();
        using ITimer late = time.CreateTimer(_ => fired.Add(("late", Elapsed())), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using ITimer periodic = time.CreateTimer(_ => fired.Add(("periodic", Elapsed())), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5));

        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal([("periodic", TimeSpan.FromSeconds(1)), ("periodic", TimeSpan.FromSeconds(2.5)), ("late", TimeSpan.FromSeconds(3))], fired);

        TimeSpan Elapsed() => time.GetElapsedTime(0);
    }
}
