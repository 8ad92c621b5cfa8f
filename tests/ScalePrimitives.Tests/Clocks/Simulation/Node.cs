using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>What one has of the key, and beside it the oracle: the plain sets of events that it knows and that were removed by writes or deletes it knows. Event i is bit i.</summary>
internal sealed record Node(DottedVersionVectorSet<int> Set, UInt128 Known, UInt128 Removed, ulong Actor = 0)
{
    public static Node Empty { get; } = new(DottedVersionVectorSet<int>.Empty, 0, 0);

    /// <summary>Writes event <paramref name="e"/> over what <paramref name="read"/> had read; null is a blind write.</summary>
    public Node Put(int e, Node? read) => new(
        Set.Put(read?.Set.Context ?? CausalContext.Empty, e, Actor),
        Known | (read?.Known ?? 0) | (UInt128.One << e),
        Removed | (read?.Known ?? 0),
        Actor);

    public Node Delete(Node read) => new(Set.Delete(read.Set.Context), Known | read.Known, Removed | read.Known, Actor);

    public Node Merge(Node other) => new(Set.Merge(other.Set), Known | other.Known, Removed | other.Removed, Actor);

    /// <summary>The values that are there must be exactly the events that are known and not removed: the maximal ones.</summary>
    public bool AgreesWithOracle
    {
        get
        {
            UInt128 values = 0;
            foreach (int e in Set.Values)
            {
                values |= UInt128.One << e;
            }

            return values == (Known & ~Removed) && UInt128.PopCount(values) == (UInt128)Set.Values.Length;
        }
    }
}
