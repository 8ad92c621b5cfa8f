using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.DistributedData;
using ScalePrimitives.Clocks;
using AkkaClock = Akka.Cluster.VectorClock;
using VectorClock = ScalePrimitives.Clocks.VectorClock;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

/// <summary>
/// The same clocks for all: random 64-bit actors, an ancestor, its descendant and a sibling of that, each ahead in every other actor. In arrays of their
/// own, not of one lineage, which would spare the look at the actors.
/// </summary>
internal sealed class ClockFixture
{
    private readonly Dot[] _ancestor;
    private readonly Dot[] _descendant;
    private readonly Dot[] _sibling;

    public ClockFixture(int actors)
    {
        var random = new Random(20260727);
        _ancestor = [.. Enumerable.Range(0, actors).Select(_ => new Dot((ulong)random.NextInt64(), (ulong)random.Next(2, 1000)))];
        _descendant = [.. _ancestor.Select(dot => dot with { Counter = dot.Counter + 1 })];
        _sibling = [.. _ancestor.Select((dot, i) => dot with { Counter = (i & 1) == 0 ? dot.Counter + 2 : dot.Counter - 1 })];
        Actor = _ancestor[actors / 2].Actor;
    }

    public ulong Actor { get; }

    public (VectorClock Ancestor, VectorClock Descendant, VectorClock Sibling) Ours => Make(VectorClock.From);

    public (DictionaryClock Ancestor, DictionaryClock Descendant, DictionaryClock Sibling) Dictionaries =>
        Make(dots => new DictionaryClock(dots.ToArray().ToDictionary(dot => dot.Actor, dot => dot.Counter)));

    public (AkkaClock Ancestor, AkkaClock Descendant, AkkaClock Sibling) AkkaClocks =>
        Make(dots => AkkaClock.Create(dots.ToArray().ToImmutableSortedDictionary(dot => NodeOf(dot.Actor), dot => (long)dot.Counter)));

    public (VersionVector Ancestor, VersionVector Descendant, VersionVector Sibling) AkkaVersions =>
        Make(dots => VersionVector.Create(dots.ToArray().ToImmutableDictionary(dot => AddressOf(dot.Actor), dot => (long)dot.Counter)));

    public static AkkaClock.Node NodeOf(ulong actor) => AkkaClock.Node.Create(actor.ToString("x16", CultureInfo.InvariantCulture));

    public static UniqueAddress AddressOf(ulong actor) =>
        new(new Address("akka.tcp", "system", string.Create(CultureInfo.InvariantCulture, $"10.{(byte)(actor >> 16)}.{(byte)(actor >> 24)}.{(byte)(actor >> 32)}"), 2552), (int)actor);

    private (T Ancestor, T Descendant, T Sibling) Make<T>(Func<ReadOnlySpan<Dot>, T> make) => (make(_ancestor), make(_descendant), make(_sibling));
}
