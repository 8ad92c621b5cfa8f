using System.Globalization;
using Akka.DistributedData;
using ScalePrimitives.Benchmarks.Paired;
using AkkaClock = Akka.Cluster.VectorClock;
using VectorClock = ScalePrimitives.Clocks.VectorClock;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

internal sealed class MergeQuestion(int actors) : IPairedQuestion
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"clock-merge-{actors}");

    public string Title => string.Create(CultureInfo.InvariantCulture, $"Two concurrent clocks merged, {actors:N0} actors, each ahead in every other one.");

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        var fixture = new ClockFixture(actors);
        return
        [
            new DrawContender<Akka>("Akka VectorClock", new(fixture.AkkaClocks.Descendant, fixture.AkkaClocks.Sibling)),
            new DrawContender<AkkaVersion>("Akka VersionVector", new(fixture.AkkaVersions.Descendant, fixture.AkkaVersions.Sibling)),
            new DrawContender<Dictionary>("dictionary", new(fixture.Dictionaries.Descendant, fixture.Dictionaries.Sibling)),
            new DrawContender<Ours>("VectorClock", new(fixture.Ours.Descendant, fixture.Ours.Sibling)),
        ];
    }

    private readonly struct Akka(AkkaClock left, AkkaClock right) : IDraw
    {
        public long Draw() => left.Merge(right).Versions.Count;
    }

    private readonly struct AkkaVersion(VersionVector left, VersionVector right) : IDraw
    {
        public long Draw() => left.Merge(right).Count;
    }

    private readonly struct Dictionary(DictionaryClock left, DictionaryClock right) : IDraw
    {
        public long Draw() => left.Merge(right) is null ? 0 : 1;
    }

    private readonly struct Ours(VectorClock left, VectorClock right) : IDraw
    {
        public long Draw() => left.Merge(right).Count;
    }
}
