using System.Collections.Immutable;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using ScalePrimitives.Clocks;
using AkkaClock = Akka.Cluster.VectorClock;

namespace ScalePrimitives.Benchmarks.Clocks;

/// <summary>
/// What do comparison, merge and increment cost, against Akka.NET's vector clock and the textbook's dictionary? The same random
/// 64-bit actors on both sides, in arrays of their own (not one lineage, which would spare the look at the actors).
/// Compared: an ancestor, so that every entry must be looked at. Merged: concurrent clocks, each ahead in every other actor.
/// </summary>
[MemoryDiagnoser]
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class VectorClockBenchmark
{
    private VectorClock _ancestor = null!;
    private VectorClock _descendant = null!;
    private VectorClock _sibling = null!;
    private VectorClock.Builder _builder = null!;
    private DictionaryClock _dictionaryAncestor = null!;
    private DictionaryClock _dictionaryDescendant = null!;
    private DictionaryClock _dictionarySibling = null!;
    private AkkaClock _akkaAncestor = null!;
    private AkkaClock _akkaDescendant = null!;
    private AkkaClock _akkaSibling = null!;
    private AkkaClock.Node _akkaActor = null!;
    private ulong _actor;

    [Params(3, 10, 100, 1000)]
    public int Actors { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(20260727);
        Dot[] dots = [.. Enumerable.Range(0, Actors).Select(_ => new Dot((ulong)random.NextInt64(), (ulong)random.Next(2, 1000)))];
        Dot[] descendant = [.. dots.Select(dot => dot with { Counter = dot.Counter + 1 })];
        Dot[] sibling = [.. dots.Select((dot, i) => dot with { Counter = (i & 1) == 0 ? dot.Counter + 2 : dot.Counter - 1 })];
        _ancestor = VectorClock.From(dots);
        _descendant = VectorClock.From(descendant);
        _sibling = VectorClock.From(sibling);
        _builder = _ancestor.ToBuilder();
        _dictionaryAncestor = DictionaryClockOf(dots);
        _dictionaryDescendant = DictionaryClockOf(descendant);
        _dictionarySibling = DictionaryClockOf(sibling);
        _akkaAncestor = AkkaClockOf(dots);
        _akkaDescendant = AkkaClockOf(descendant);
        _akkaSibling = AkkaClockOf(sibling);
        _actor = dots[Actors / 2].Actor;
        _akkaActor = AkkaNode(_actor);
    }

    [Benchmark(Baseline = true, Description = "Akka"), BenchmarkCategory("Compare")]
    public AkkaClock.Ordering CompareAkka() => _akkaAncestor.CompareTo(_akkaDescendant);

    [Benchmark(Description = "Dictionary"), BenchmarkCategory("Compare")]
    public CausalOrder CompareDictionary() => _dictionaryAncestor.Compare(_dictionaryDescendant);

    [Benchmark(Description = "VectorClock"), BenchmarkCategory("Compare")]
    public CausalOrder Compare() => _ancestor.Compare(_descendant);

    [Benchmark(Baseline = true, Description = "Akka"), BenchmarkCategory("Merge")]
    public object MergeAkka() => _akkaDescendant.Merge(_akkaSibling);

    [Benchmark(Description = "Dictionary"), BenchmarkCategory("Merge")]
    public object MergeDictionary() => _dictionaryDescendant.Merge(_dictionarySibling);

    [Benchmark(Description = "VectorClock"), BenchmarkCategory("Merge")]
    public object Merge() => _descendant.Merge(_sibling);

    [Benchmark(Baseline = true, Description = "Akka"), BenchmarkCategory("Increment")]
    public object IncrementAkka() => _akkaAncestor.Increment(_akkaActor);

    [Benchmark(Description = "Dictionary"), BenchmarkCategory("Increment")]
    public object IncrementDictionary() => _dictionaryAncestor.Increment(_actor);

    [Benchmark(Description = "VectorClock"), BenchmarkCategory("Increment")]
    public object Increment() => _ancestor.Increment(_actor);

    [Benchmark(Description = "Builder"), BenchmarkCategory("Increment")]
    public Dot IncrementBuilder() => _builder.Increment(_actor);

    private static DictionaryClock DictionaryClockOf(Dot[] dots) => new(dots.ToDictionary(dot => dot.Actor, dot => dot.Counter));

    private static AkkaClock AkkaClockOf(Dot[] dots) =>
        AkkaClock.Create(dots.ToImmutableSortedDictionary(dot => AkkaNode(dot.Actor), dot => (long)dot.Counter));

    private static AkkaClock.Node AkkaNode(ulong actor) => AkkaClock.Node.Create(actor.ToString("x16", CultureInfo.InvariantCulture));
}
