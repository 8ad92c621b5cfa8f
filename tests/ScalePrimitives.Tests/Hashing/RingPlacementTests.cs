using System.Globalization;
using System.Text.Json;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class RingPlacementTests
{
    [Fact]
    public void The_ring_of_groupcache_comes_out_of_its_points()
    {
        JsonElement set = Vectors.ReadJson("hashing-vectors", "ketama_small.json").EnumerateArray().Single(set => set.GetProperty("name").GetString() == "groupcache identity ring");
        var ring = new HashRing<Node>(set.GetProperty("add").EnumerateArray().Select(name => new Node(name.GetString()!)), new IdentityPlacement(set.GetProperty("replicas").GetInt32()));
        Assert.All(set.GetProperty("get").EnumerateObject(), AssertOwner);
        ring = ring.Add(new Node("8"));
        Assert.All(set.GetProperty("then_add_8").EnumerateObject(), AssertOwner);

        void AssertOwner(JsonProperty lookup) =>
            Assert.Equal(lookup.Value.GetString(), ring.GetNodeByHash(ulong.Parse(lookup.Name, CultureInfo.InvariantCulture)).Id);
    }

    /// <summary>groupcache's test places the i-th point of a node at the number that i and the name spell.</summary>
    private sealed class IdentityPlacement(int replicas) : IRingPlacement
    {
        public List<RingPoint> Place<TNode>(NodeSet<TNode> nodes, string argument)
            where TNode : INode
        {
            var points = Enumerable.Range(0, nodes.Count)
                .SelectMany(owner => Enumerable.Range(0, replicas).Select(i => new RingPoint(ulong.Parse($"{i}{nodes[owner].Id}", CultureInfo.InvariantCulture), owner)))
                .ToList();
            points.Sort();
            return points;
        }
    }
}
