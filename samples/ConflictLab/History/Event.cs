using System.Collections.Immutable;

namespace ConflictLab.History;

/// <summary>What a step does to one replica.</summary>
/// <param name="Replica">The place of the replica in the list of them.</param>
/// <param name="Label">What happens, in a few words.</param>
/// <param name="Details">The dot of the write, or what else is to be known, line by line.</param>
/// <param name="Clock">The values and clocks that the replica has then.</param>
/// <param name="IsConflict">Whether it is left with siblings.</param>
internal sealed record Event(int Replica, string Label, ImmutableArray<string> Details, string Clock, bool IsConflict);
