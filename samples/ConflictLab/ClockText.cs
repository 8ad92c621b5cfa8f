using System.Collections.Immutable;
using System.Globalization;
using ConflictLab.Store;
using ScalePrimitives.Clocks;

namespace ConflictLab;

/// <summary>Writes clocks for people: <c>a.1:3</c> is the third event, for its key, of the first epoch of replica a.</summary>
internal sealed class ClockText(Cluster cluster)
{
    public string Of(ulong actor) => $"{cluster.Replicas[(int)ActorId.ReplicaOf(actor) - 1].Name}.{ActorId.EpochOf(actor)}";

    public string Of(Dot dot) => $"{Of(dot.Actor)}:{dot.Counter}";

    public string Of(CausalContext context)
    {
        // A context is opaque to programs, but its text is that of a clock.
        var entries = new List<string>();
        foreach (Dot dot in VectorClock.Parse(context.ToString(null, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
        {
            entries.Add(Of(dot));
        }

        return $"{{{string.Join(", ", entries)}}}";
    }

    public static string OfValue(string value) => value.Length == 0 ? "\"\"" : value;

    /// <summary>The values, each with the dot of its write.</summary>
    public ImmutableArray<string> OfSiblings(DottedVersionVectorSet<string> set) =>
        [.. set.Values.Zip(set.Dots, (value, dot) => $"{OfValue(value)} ({Of(dot)})")];

    public string OfValues(DottedVersionVectorSet<string> set) => set.Values.IsEmpty ? "nothing" : string.Join(" | ", OfSiblings(set));
}
