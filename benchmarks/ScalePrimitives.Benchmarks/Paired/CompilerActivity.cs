using System.Diagnostics;
using System.Runtime;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>Watches the just-in-time compiler. Not thread-safe.</summary>
internal sealed class CompilerActivity
{
    private long _compiledMethods = JitInfo.GetCompiledMethodCount();
    private long _idleSince = Stopwatch.GetTimestamp();

    /// <summary>Whether it was seen to compile anything in a period that ends now.</summary>
    public bool WasBusyWithin(TimeSpan period)
    {
        long compiledMethods = JitInfo.GetCompiledMethodCount();
        if (compiledMethods != _compiledMethods)
        {
            (_compiledMethods, _idleSince) = (compiledMethods, Stopwatch.GetTimestamp());
        }

        return Stopwatch.GetElapsedTime(_idleSince) < period;
    }
}
