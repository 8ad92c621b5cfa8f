using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class RendezvousHashContractTests : MinimalDisruptionContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) => new RendezvousHash<Node>(nodes);

    protected override IConsistentHash<Node> Add(IConsistentHash<Node> hash, Node node) => ((RendezvousHash<Node>)hash).Add(node);

    protected override IConsistentHash<Node> Remove(IConsistentHash<Node> hash, string id) => ((RendezvousHash<Node>)hash).Remove(id);

    protected override IConsistentHash<Node> Replace(IConsistentHash<Node> hash, Node node) => ((RendezvousHash<Node>)hash).Replace(node);
}
