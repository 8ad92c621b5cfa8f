using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class HashRingContractTests : MinimalDisruptionContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) => new HashRing<Node>(nodes);

    protected override IConsistentHash<Node> Add(IConsistentHash<Node> hash, Node node) => ((HashRing<Node>)hash).Add(node);

    protected override IConsistentHash<Node> Remove(IConsistentHash<Node> hash, string id) => ((HashRing<Node>)hash).Remove(id);

    protected override IConsistentHash<Node> Replace(IConsistentHash<Node> hash, Node node) => ((HashRing<Node>)hash).Replace(node);
}
