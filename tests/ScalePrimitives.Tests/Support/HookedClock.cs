namespace ScalePrimitives.Tests.Support;

/// <summary>A clock that runs code of a test's whenever it is read, after it has looked at the time and before it says it.</summary>
internal sealed class HookedClock(Action? onRead = null) : TimeProvider
{
    private long _ticks;

    /// <summary>Gets or sets what a read runs.</summary>
    public Action? OnRead { get; set; } = onRead;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        long ticks = Volatile.Read(ref _ticks);
        OnRead?.Invoke();
        return ticks;
    }

    public void Advance(TimeSpan duration) => Interlocked.Add(ref _ticks, duration.Ticks);
}
