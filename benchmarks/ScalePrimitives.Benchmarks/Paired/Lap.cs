using System.Diagnostics;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>One run of a contender on all threads.</summary>
/// <param name="Elapsed">From the start of the first thread to the end of the last.</param>
/// <param name="Threads">How many threads ran.</param>
/// <param name="Operations">How many operations they did together.</param>
/// <param name="AllocatedBytes">What the process allocated meanwhile.</param>
internal readonly record struct Lap(TimeSpan Elapsed, int Threads, long Operations, long AllocatedBytes)
{
    /// <summary>Gets how long a thread was busy with one operation: time passed, times threads, by operations.</summary>
    public double NanosecondsPerOperation => Elapsed.TotalNanoseconds * Threads / Operations;

    public double BytesPerOperation => (double)AllocatedBytes / Operations;

    /// <summary>How many operations a thread is to do for a lap to take a given time.</summary>
    public int OperationsWithin(TimeSpan time)
    {
        Debug.Assert(Operations > 0, "A lap has operations.");
        double perThread = time.TotalNanoseconds / Math.Max(NanosecondsPerOperation, 0.01);
        return (int)Math.Clamp(perThread, 1, 1 << 28);
    }
}
