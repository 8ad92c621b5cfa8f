using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

[Properties(MaxTest = 20)] // each case builds several tables
public class SlotTableContractTests : MinimalDisruptionContractTests
{
    /// <summary>Enough that the lightest node generated, of 0.03 among about 45, is due ten slots and does not come away empty.</summary>
    private static readonly SlotTableOptions Options = new() { SlotCount = 16_384 };

    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) => new SlotTable<Node>(nodes, Options);

    protected override IConsistentHash<Node> Add(IConsistentHash<Node> hash, Node node) => ((SlotTable<Node>)hash).Add(node);

    protected override IConsistentHash<Node> Remove(IConsistentHash<Node> hash, string id) => ((SlotTable<Node>)hash).Remove(id);

    protected override IConsistentHash<Node> Replace(IConsistentHash<Node> hash, Node node) => ((SlotTable<Node>)hash).Replace(node);
}
