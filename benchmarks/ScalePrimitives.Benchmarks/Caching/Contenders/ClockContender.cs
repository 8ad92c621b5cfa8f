using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Reads the clock: what an expiring hit cannot do without.</summary>
internal sealed class ClockContender() : Contender("one clock read")
{
    public override long Run(int worker, int operations)
    {
        long sum = 0;
        TimeProvider clock = TimeProvider.System;
        for (int i = 0; i < operations; i++)
        {
            sum += clock.GetTimestamp();
        }

        return sum;
    }
}
