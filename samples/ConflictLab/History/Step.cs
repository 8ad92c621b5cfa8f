using System.Collections.Immutable;

namespace ConflictLab.History;

/// <summary>A command that was carried out.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Outcome">What came of it, in a sentence.</param>
/// <param name="Keys">The keys that it concerns.</param>
/// <param name="Events">What it did, by replica.</param>
internal sealed record Step(StepKind Kind, string Outcome, ImmutableArray<string> Keys, ImmutableArray<Event> Events)
{
    /// <summary>The command as written.</summary>
    public string Source { get; init; } = "";

    /// <summary>The side of the network that each replica is on afterwards.</summary>
    public ImmutableArray<int> Sides { get; init; } = [];
}
