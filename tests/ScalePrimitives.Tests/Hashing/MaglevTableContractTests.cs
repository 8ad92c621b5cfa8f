using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Not those of minimal disruption: a Maglev table also moves a few keys that it need not.</summary>
public class MaglevTableContractTests : ConsistentHashContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) =>
        new MaglevTable<Node>(nodes, new MaglevTableOptions { TableSize = 5003 });
}
