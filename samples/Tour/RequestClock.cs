namespace Tour;

/// <summary>The time of the recorded requests, a tenth of a second apart, so that hours of expiry pass in a moment.</summary>
internal sealed class RequestClock : TimeProvider
{
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan time) => _now += time;
}
