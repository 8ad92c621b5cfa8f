using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>A manual clock that counts how often it is read, and tells when someone has started a timer.</summary>
internal sealed class ObservedTimeProvider(ManualTimeProvider clock) : TimeProvider, IDisposable
{
    private readonly SemaphoreSlim _timers = new(0);
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _reads);
        return clock.GetUtcNow();
    }

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = clock.CreateTimer(callback, state, dueTime, period);
        _timers.Release();
        return timer;
    }

    /// <summary>Waits until a timer is started that no earlier call has waited for.</summary>
    public void AwaitTimer() => Assert.True(_timers.Wait(TimeSpan.FromSeconds(20)), "nobody started a timer");

    public void Dispose() => _timers.Dispose();
}
