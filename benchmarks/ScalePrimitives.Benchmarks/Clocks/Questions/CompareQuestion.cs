using System.Globalization;
using Akka.DistributedData;
using ScalePrimitives.Benchmarks.Paired;
using AkkaClock = Akka.Cluster.VectorClock;
using VectorClock = ScalePrimitives.Clocks.VectorClock;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

internal sealed class CompareQuestion(int actors) : IPairedQuestion
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"clock-compare-{actors}");

    public string Title => string.Create(CultureInfo.InvariantCulture, $"An ancestor compared with its descendant, {actors:N0} actors: every entry must be looked at.");

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        var fixture = new ClockFixture(actors);
        return
        [
            new DrawContender<Akka>("Akka VectorClock", new(fixture.AkkaClocks.Ancestor, fixture.AkkaClocks.Descendant)),
            new DrawContender<AkkaVersion>("Akka VersionVector", new(fixture.AkkaVersions.Ancestor, fixture.AkkaVersions.Descendant)),
            new DrawContender<Dictionary>("dictionary", new(fixture.Dictionaries.Ancestor, fixture.Dictionaries.Descendant)),
            new DrawContender<Ours>("VectorClock", new(fixture.Ours.Ancestor, fixture.Ours.Descendant)),
        ];
    }

    private readonly struct Akka(AkkaClock left, AkkaClock right) : IDraw
    {
        public long Draw() => (long)left.CompareTo(right);
    }

    private readonly struct AkkaVersion(VersionVector left, VersionVector right) : IDraw
    {
        public long Draw() => (long)left.Compare(right);
    }

    private readonly struct Dictionary(DictionaryClock left, DictionaryClock right) : IDraw
    {
        public long Draw() => (long)left.Compare(right);
    }

    private readonly struct Ours(VectorClock left, VectorClock right) : IDraw
    {
        public long Draw() => (long)left.Compare(right);
    }
}
