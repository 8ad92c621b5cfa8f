using System.Globalization;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class NodeTests
{
    [Fact]
    public void A_node_has_weight_one_and_no_zone()
    {
        var node = new Node("a");
        Assert.Equal(1, node.Weight);
        Assert.Null(node.Zone);
        Assert.Equal(new Node("a") { Weight = 2, Zone = "eu" }, node with { Weight = 2, Zone = "eu" });
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    public void A_weight_is_finite_and_above_zero(double weight)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>("Weight", () => new Node("a") { Weight = weight });
        Assert.Contains(weight.ToString(CultureInfo.InvariantCulture), thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_is_well_formed_text()
    {
        Assert.Throws<ArgumentNullException>("id", () => new Node(null!));
        Assert.Throws<ArgumentException>("id", () => new Node(""));
        Assert.Throws<ArgumentException>("id", () => new Node("a\uDC00"));
        Assert.Equal("server-😀", new Node("server-😀").Id);
    }

    [Fact]
    public void A_zone_is_not_empty() => Assert.Throws<ArgumentException>("Zone", () => new Node("a") { Zone = "" });
}
