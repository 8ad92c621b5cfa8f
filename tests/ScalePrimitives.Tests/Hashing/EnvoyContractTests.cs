using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class EnvoyContractTests : ConsistentHashContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) =>
        Envoy.CreateRing(nodes, new EnvoyRingOptions { MinimumSize = 2000 });
}
