using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>How even the loads of a slot table are. A class of its own, so that it runs beside the others.</summary>
public class SlotTableBalanceTests
{
    [Theory]
    [InlineData(10, 16, 20, 1.025)]
    [InlineData(100, 16, 60, 1.085)]
    [InlineData(1000, 20, 2, 1.08)]
    public void The_peak_load_stays_within_its_bound_for_nine_node_sets_in_ten(int nodes, int bits, int sets, double bound)
    {
        // The sets are fixed, so the figures are the same in every run. Over 1000 sets, 1000 sets and 100 sets, which take a minute,
        // the 90th percentiles are 1.0184, 1.0849 and 1.0786.
        double[] peaks = Enumerable.Range(0, sets)
            .Select(set => new SlotTable<Node>(Enumerable.Range(0, nodes).Select(i => new Node($"set{set}-node{i}")), new SlotTableOptions { SlotCount = 1 << bits }).Ownership.Max() * nodes)
            .Order().ToArray();
        Assert.InRange(peaks[sets * 9 / 10], 1, bound);
    }

    [Fact]
    public void Shares_follow_the_weights()
    {
        // The share of 2^17 / 7 slots deviates by about 0.5 %; 2 % is four deviations.
        var table = new SlotTable<Node>([new("a"), new("b") { Weight = 2 }, new("c") { Weight = 4 }], new SlotTableOptions { SlotCount = 1 << 17 });
        Assert.All(table.Ownership.Zip([1 / 7.0, 2 / 7.0, 4 / 7.0]), pair => Assert.InRange(pair.First / pair.Second, 0.98, 1.02));
    }
}
