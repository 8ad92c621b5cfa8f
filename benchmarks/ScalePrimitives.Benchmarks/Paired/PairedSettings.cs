namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>How long contenders are warmed up and measured.</summary>
/// <param name="Rounds">How many rounds are measured, from 1.</param>
/// <param name="IsShort">Whether everything only has to run once, on small data.</param>
internal sealed record PairedSettings(int Rounds, bool IsShort)
{
    /// <summary>Gets how long one contender runs in one round.</summary>
    public TimeSpan Lap => TimeSpan.FromMilliseconds(IsShort ? 1 : 20);

    /// <summary>Gets how long one contender runs at once while it warms up.</summary>
    public TimeSpan WarmUpLap => TimeSpan.FromMilliseconds(IsShort ? 0.1 : 2);

    /// <summary>Gets how often each contender is called at least while it warms up: 30 calls end the first tier of the just-in-time
    /// compiler, 30 more the instrumented one.</summary>
    public int WarmUpLaps => IsShort ? 2 : 150;

    /// <summary>Gets how long each contender warms up at least: compiling begins 100 ms after the last new method, and runs behind.</summary>
    public TimeSpan WarmUp => TimeSpan.FromMilliseconds(IsShort ? 0 : 400);

    /// <summary>Gets for how long the just-in-time compiler must have been idle before anything is measured. On a busy machine it may be far behind.</summary>
    public TimeSpan Quiet => TimeSpan.FromMilliseconds(IsShort ? 0 : 1500);
}
