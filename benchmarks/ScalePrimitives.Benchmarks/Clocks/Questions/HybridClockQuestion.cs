using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

internal sealed class HybridClockQuestion : IPairedQuestion
{
    public string Name => "clock-hybrid";

    public string Title => "A stamp of a hybrid clock, beside one clock read.";

    public int MaxThreads => 2;

    public IReadOnlyList<Contender> CreateContenders(bool isShort) =>
    [
        new DrawContender<ClockRead>("clock read", default),
        new DrawContender<Now>("HybridLogicalClock.Now", new(new HybridLogicalClock())),
        new DrawContender<Receive>("HybridLogicalClock.Receive", new(new HybridLogicalClock())),
        new DrawContender<Tick>("LamportClock.Tick", new(new LamportClock())),
    ];

    private readonly struct ClockRead : IDraw
    {
        public long Draw() => TimeProvider.System.GetUtcNow().Ticks;
    }

    private readonly struct Now(HybridLogicalClock clock) : IDraw
    {
        public long Draw() => (long)clock.Now().Value;
    }

    private readonly struct Receive(HybridLogicalClock clock) : IDraw
    {
        public long Draw() => (long)clock.Receive(clock.Last).Value;
    }

    private readonly struct Tick(LamportClock clock) : IDraw
    {
        public long Draw() => (long)clock.Tick();
    }
}
