using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class SlotNumberingTests
{
    private static readonly ushort[] Nodes = [.. Enumerable.Range(0, 28).Select(i => (ushort)i), 65_533, 65_534, 65_535, 5];

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(65_534)]
    public void Indexes_at_or_after_a_newcomer_go_up_and_nobody_stays_nobody(int index)
    {
        ushort[] copied = new ushort[Nodes.Length];
        ushort[] below = [.. Nodes.Select(node => node == 65_534 ? (ushort)0 : node)]; // the greatest index has nowhere to go
        SlotNumbering.CopyForAdded(below, copied, index);
        Assert.Equal(below.Select(node => node >= index && node != 65_535 ? node + 1 : node), copied.Select(node => (int)node));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(65_534)]
    public void Indexes_after_a_leaver_go_down_and_nobody_stays_nobody(int index)
    {
        ushort[] copied = new ushort[Nodes.Length];
        SlotNumbering.CopyForRemoved(Nodes, copied, index);
        Assert.Equal(Nodes.Select(node => node > index && node != 65_535 ? node - 1 : node), copied.Select(node => (int)node));
    }

    [Fact]
    public void An_index_is_found_from_a_start()
    {
        Assert.Equal(5, SlotNumbering.IndexOf(Nodes, 5, 0));
        Assert.Equal(31, SlotNumbering.IndexOf(Nodes, 5, 6));
        Assert.True(SlotNumbering.IndexOf(Nodes, 6, 7) < 0);
        Assert.True(SlotNumbering.IndexOf(Nodes, 5, Nodes.Length) < 0);
    }
}
