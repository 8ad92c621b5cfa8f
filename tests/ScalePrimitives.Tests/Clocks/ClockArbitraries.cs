using FsCheck;
using FsCheck.Fluent;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>Two clocks that are often close to each other: independent ones are nearly always concurrent.</summary>
public sealed record ClockPair(VectorClock Left, VectorClock Right);

/// <summary>
/// Clocks over one small pool of actors, extremes among them, so that any two have stretches of actors in common, from none to
/// longer than several vectors, broken by actors that only one has. Shrinks to fewer entries and smaller counters.
/// </summary>
public static class ClockArbitraries
{
    private static readonly ulong[] Actors =
        [.. Enumerable.Range(0, 30).Select(i => (ulong)i), 0x7F, 0x100, uint.MaxValue, 1UL << 32, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue];

    public static Arbitrary<VectorClock> Clock() => Arb.From(GenerateClock(), Shrink);

    public static Arbitrary<ClockPair> Pair()
    {
        Gen<ClockPair> independent = from left in GenerateClock() from right in GenerateClock() select new ClockPair(left, right);
        Gen<ClockPair> related =
            from origin in GenerateClock()
            from left in GenerateEdits()
            from right in GenerateEdits()
            select new ClockPair(Apply(origin, left), Apply(origin, right));
        return Arb.From(
            Gen.OneOf(independent, related, related),
            pair => Shrink(pair.Left).Select(left => pair with { Left = left }).Concat(Shrink(pair.Right).Select(right => pair with { Right = right })));
    }

    private static Gen<VectorClock> GenerateClock() =>
        from percent in Gen.Elements(0, 5, 50, 95, 100)
        from present in Gen.Choose(1, 100).ArrayOf(Actors.Length)
        from counters in GenerateCounter().ArrayOf(Actors.Length)
        select VectorClock.From([.. Enumerable.Range(0, Actors.Length).Where(i => present[i] <= percent).Select(i => new Dot(Actors[i], counters[i]))]);

    private static Gen<ulong> GenerateCounter() => Gen.Frequency(
        (4, Gen.Choose(1, 3).Select(counter => (ulong)counter)),
        (1, Gen.Elements(127UL, 128UL, 16_384UL, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue)));

    private static Gen<(ulong Actor, ulong Counter)[]> GenerateEdits() =>
        from count in Gen.Elements(0, 0, 1, 2, 3)
        from edits in (from actor in Gen.Elements(Actors) from counter in Gen.OneOf(Gen.Constant(0UL), GenerateCounter()) select (actor, counter)).ArrayOf(count)
        select edits;

    private static VectorClock Apply(VectorClock clock, (ulong Actor, ulong Counter)[] edits)
    {
        SortedDictionary<ulong, ulong> entries = EntriesOf(clock);
        foreach ((ulong actor, ulong counter) in edits)
        {
            entries[actor] = counter;
        }

        return VectorClock.From([.. entries.Where(entry => entry.Value != 0).Select(entry => new Dot(entry.Key, entry.Value))]);
    }

    private static IEnumerable<VectorClock> Shrink(VectorClock clock)
    {
        Dot[] dots = [.. clock];
        if (dots.Length > 1)
        {
            yield return VectorClock.From(dots.AsSpan(dots.Length / 2));
            yield return VectorClock.From(dots.AsSpan(0, dots.Length / 2));
        }

        foreach (Dot dot in dots)
        {
            yield return clock.Without(dot.Actor);
        }

        foreach (Dot dot in dots.Where(dot => dot.Counter > 1))
        {
            yield return VectorClock.From([.. dots.Where(other => other != dot), new Dot(dot.Actor, 1)]);
        }
    }

    internal static SortedDictionary<ulong, ulong> EntriesOf(VectorClock clock)
    {
        var entries = new SortedDictionary<ulong, ulong>();
        foreach (Dot dot in clock)
        {
            entries.Add(dot.Actor, dot.Counter);
        }

        return entries;
    }
}
