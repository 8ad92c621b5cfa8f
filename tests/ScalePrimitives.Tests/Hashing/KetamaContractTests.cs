using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>The rings whose points depend on the whole set keep the contract, though not minimal disruption.</summary>
public class KetamaContractTests : ConsistentHashContractTests
{
    protected override IConsistentHash<Node> Create(IEnumerable<Node> nodes) =>
        Ketama.CreateRing(nodes is null ? null! : nodes.Select(WithWholeWeight), KetamaFlavor.LibmemcachedWeighted);

    /// <summary>The samples' weights, rounded up: pools have whole ones.</summary>
    private static Node WithWholeWeight(Node node) =>
        node is null || double.IsInteger(node.Weight) ? node! : node with { Weight = Math.Ceiling(node.Weight) };
}
