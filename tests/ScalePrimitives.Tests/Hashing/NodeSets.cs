using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>A non-empty list of nodes with distinct ids in random order, some weighted, some in zones.</summary>
public sealed record NodeSample(Node[] Nodes)
{
    public override string ToString() => string.Join(", ", Nodes.Select(node => string.Create(CultureInfo.InvariantCulture, $"{node.Id}*{node.Weight}@{node.Zone}")));
}

/// <summary>Generators for the laws of placement.</summary>
public static class NodeSets
{
    private static readonly double[] Weights = [0.1, 0.5, 1, 1, 1, 1, 2, 3.7];
    private static readonly string?[] Zones = [null, "eu", "us"];

    public static Arbitrary<NodeSample> Samples()
    {
        Gen<Node> node =
            from number in Gen.Choose(0, 40)
            from weight in Gen.Elements(Weights)
            from zone in Gen.Elements(Zones)
            select new Node("node-" + number.ToString(CultureInfo.InvariantCulture)) { Weight = weight, Zone = zone };
        Gen<NodeSample> sample =
            from nodes in Gen.NonEmptyListOf(node)
            select new NodeSample(nodes.DistinctBy(n => n.Id, StringComparer.Ordinal).ToArray());
        return Arb.From(sample, Shrink);
    }

    private static IEnumerable<NodeSample> Shrink(NodeSample sample)
    {
        for (int i = 0; i < sample.Nodes.Length && sample.Nodes.Length > 1; i++)
        {
            yield return new NodeSample(sample.Nodes.Where((_, index) => index != i).ToArray());
        }
    }
}
