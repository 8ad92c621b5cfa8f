using ScalePrimitives.Hashing;

namespace RingPlanner;

/// <summary>What a change means for one kind of topology: each node's share before and after, and all that moves between.</summary>
internal sealed record Placement(
    string Name,
    IReadOnlyDictionary<string, double> Before,
    IReadOnlyDictionary<string, double> After,
    IReadOnlyList<Move> Moves)
{
    public double MovedShare => Moves.Sum(move => move.Share);

    public static Placement OnRing(TopologyChange change, int points)
    {
        var options = new HashRingOptions { VirtualNodes = points };
        var before = new HashRing<Node>(change.Before, options);
        var after = new HashRing<Node>(change.After, options);
        return new Placement(
            "hash ring",
            Shares(before, before.Ownership),
            Shares(after, after.Ownership),
            [.. HashRing<Node>.Diff(before, after).Moves.Select(move => new Move($"hashes {move.Range}", move.From!.Id, move.To!.Id, move.Range.Share))]);
    }

    public static Placement OnSlotTable(TopologyChange change, int slots)
    {
        var options = new SlotTableOptions { SlotCount = slots };
        var before = new SlotTable<Node>(change.Before, options);
        var after = new SlotTable<Node>(change.After, options);
        return new Placement(
            "slot table",
            Shares(before, before.Ownership),
            Shares(after, after.Ownership),
            [.. SlotTable<Node>.Diff(before, after).Moves.Select(move => new Move($"slots {move.Range}", move.From!.Id, move.To!.Id, (double)move.Range.Count / slots))]);
    }

    private static Dictionary<string, double> Shares(IConsistentHash<Node> topology, IReadOnlyList<double> ownership) =>
        topology.Nodes.Zip(ownership).ToDictionary(pair => pair.First.Id, pair => pair.Second, StringComparer.Ordinal);
}
