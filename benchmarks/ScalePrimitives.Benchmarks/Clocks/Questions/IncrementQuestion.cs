using System.Globalization;
using Akka.Cluster;
using Akka.DistributedData;
using ScalePrimitives.Benchmarks.Paired;
using AkkaClock = Akka.Cluster.VectorClock;
using VectorClock = ScalePrimitives.Clocks.VectorClock;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

internal sealed class IncrementQuestion(int actors) : IPairedQuestion
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"clock-increment-{actors}");

    public string Title => string.Create(CultureInfo.InvariantCulture, $"One actor of {actors:N0} incremented.");

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        var fixture = new ClockFixture(actors);
        ulong actor = fixture.Actor;
        return
        [
            new DrawContender<Akka>("Akka VectorClock", new(fixture.AkkaClocks.Ancestor, ClockFixture.NodeOf(actor))),
            new DrawContender<AkkaVersion>("Akka VersionVector", new(fixture.AkkaVersions.Ancestor, ClockFixture.AddressOf(actor))),
            new DrawContender<Dictionary>("dictionary", new(fixture.Dictionaries.Ancestor, actor)),
            new DrawContender<Ours>("VectorClock", new(fixture.Ours.Ancestor, actor)),
            new DrawContender<Builder>("VectorClock.Builder", new(fixture.Ours.Ancestor.ToBuilder(), actor)),
        ];
    }

    private readonly struct Akka(AkkaClock clock, AkkaClock.Node actor) : IDraw
    {
        public long Draw() => clock.Increment(actor).Versions.Count;
    }

    private readonly struct AkkaVersion(VersionVector clock, UniqueAddress actor) : IDraw
    {
        public long Draw() => clock.Increment(actor).Count;
    }

    private readonly struct Dictionary(DictionaryClock clock, ulong actor) : IDraw
    {
        public long Draw() => clock.Increment(actor) is null ? 0 : 1;
    }

    private readonly struct Ours(VectorClock clock, ulong actor) : IDraw
    {
        public long Draw() => clock.Increment(actor).Count;
    }

    private readonly struct Builder(VectorClock.Builder clock, ulong actor) : IDraw
    {
        public long Draw() => (long)clock.Increment(actor).Counter;
    }
}
