using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>Where a server's points depend on itself alone, a change moves only what is owed, though the ring is built anew.</summary>
public class KetamaMinimalDisruptionTests : MinimalDisruptionContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) => Ketama.CreateRing(nodes, KetamaFlavor.Libmemcached);

    protected override IConsistentHash<Node> Add(IConsistentHash<Node> hash, Node node) => ((HashRing<Node>)hash).Add(node);

    protected override IConsistentHash<Node> Remove(IConsistentHash<Node> hash, string id) => ((HashRing<Node>)hash).Remove(id);

    protected override IConsistentHash<Node> Replace(IConsistentHash<Node> hash, Node node) => ((HashRing<Node>)hash).Replace(node);
}
