using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>What one has of a key, and beside it what the oracle says of it.</summary>
internal sealed record Cell(DottedVersionVectorSet<int> Set, History History)
{
    public static Cell Empty { get; } = new(DottedVersionVectorSet<int>.Empty, new History([], []));

    /// <summary>Gets whether the values are exactly the survivors, each once.</summary>
    public bool AgreesWithOracle => Set.Values.Order().SequenceEqual(History.Survivors.Order());

    public Cell Merge(Cell other) => new(Set.Merge(other.Set), History.Merge(other.History));
}

/// <summary>
/// The oracle: the plain set of events that are known, and of those that one of them has removed. It has no clock. A delete is an event that leaves nothing. Immutable.
/// </summary>
internal sealed class History(HashSet<int> known, HashSet<int> removed)
{
    /// <summary>Gets the events that are known and not removed.</summary>
    public IEnumerable<int> Survivors => known.Except(removed);

    public IReadOnlySet<int> Known => known;

    /// <summary>Writes an event over what its writer had read: that, and all that lay behind it.</summary>
    public History Put(int e, History read) => new(Join(known, read.Known, e), Join(removed, read.Known));

    public History Delete(int e, History read) => new(Join(known, read.Known, e), Join(removed, read.Known, e));

    public History Merge(History other) => new(Join(known, other.Known), Join(removed, other.Removed));

    /// <summary>Tells whether the survivors are the maximal events: those that no known event had been written over.</summary>
    /// <param name="readBy">By event, what its writer had read.</param>
    public bool KeepsTheMaximal(IReadOnlyList<IReadOnlySet<int>> readBy) =>
        known.Where(e => !known.Any(later => readBy[later].Contains(e))).ToHashSet().SetEquals(Survivors);

    private HashSet<int> Removed => removed;

    private static HashSet<int> Join(HashSet<int> left, IEnumerable<int> right, params ReadOnlySpan<int> more)
    {
        var joined = new HashSet<int>(left);
        joined.UnionWith(right);
        foreach (int e in more)
        {
            joined.Add(e);
        }

        return joined;
    }
}
