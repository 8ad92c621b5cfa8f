using System.Runtime.Intrinsics;
using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class SlotPermutationTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(16)]
    public void Every_slot_is_visited_once(int bits)
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            var order = new SlotPermutation(seed, bits);
            int[] slots = Enumerable.Range(0, 1 << bits).Select(order.SlotAt).Order().ToArray();
            Assert.Equal(Enumerable.Range(0, 1 << bits), slots);
        }
    }

    [Fact]
    public void The_order_is_pinned()
    {
        var order = new SlotPermutation(KeyHash.Of("a"), 16);
        Assert.Equal([39340, 3338, 34506, 49818, 29694, 18608], Enumerable.Range(0, 5).Append(65_535).Select(order.SlotAt));
    }

    [Property(MaxTest = 300)]
    public bool Ranks_of_eight_nodes_at_once_are_those_of_each(DoNotSize<ulong>[] seeds, DoNotSize<uint> position, byte extraBits)
    {
        int bits = 8 + (extraBits % 17);
        int slot = (int)(position.Item & ((1u << bits) - 1));
        var ranks = new SlotRanks(bits, seeds.Length);
        for (int node = 0; node < seeds.Length; node++)
        {
            ranks.Set(node, new SlotPermutation(seeds[node].Item, bits));
        }

        return Enumerable.Range(0, seeds.Length).All(node =>
            ranks.Of(node, slot) == ranks.At(slot, node / 8 * 8).GetElement(node % 8)
            && new SlotPermutation(seeds[node].Item, bits).SlotAt(ranks.Of(node, slot)) == slot);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Any_two_ranks_of_a_random_order_look_like_two_draws(int bits)
    {
        // For neighbours, for ranks that differ in one bit and for opposite ones: where the second lies relative to the first must be
        // uniform over random seeds, in 16 classes of equal size. 40 is the 99.95th percentile of chi squared with 15 degrees of freedom.
        const int Seeds = 20_000;
        int count = 1 << bits;
        (int, int)[] pairs = [(0, 1), (1, 2), (0, count / 2), (5, 5 + (count / 4)), (0, count - 1), (count / 2, (count / 2) + 1)];
        foreach ((int first, int second) in pairs)
        {
            int[] xor = new int[16];
            int[] difference = new int[16];
            for (ulong seed = 0; seed < Seeds; seed++)
            {
                var order = new SlotPermutation(KeyHash.Of(seed), bits);
                int a = order.SlotAt(first);
                int b = order.SlotAt(second);
                xor[(a ^ b) & 15]++;
                difference[((a - b) & (count - 1)) >> (bits - 4)]++;
            }

            Assert.InRange(ChiSquared(difference, Seeds), 0, 40);

            // Two slots are never equal, so one value in 2^bits is missing from the class of 0.
            double zero = Seeds / 16.0 * (1 - (16.0 / count));
            Assert.InRange(Math.Abs(xor[0] - zero) / Math.Sqrt(zero), 0, 4);
        }
    }

    [Fact]
    public void Orders_of_different_nodes_are_unrelated()
    {
        // How often two nodes visit the same slot at the same rank: once in expectation, Poisson distributed, for random permutations.
        const int Pairs = 300;
        int meetings = Enumerable.Range(0, Pairs).Sum(pair =>
        {
            var one = new SlotPermutation(KeyHash.Of($"node-{pair}"), 12);
            var other = new SlotPermutation(KeyHash.Of($"node-{pair + 1}"), 12);
            return Enumerable.Range(0, 1 << 12).Count(rank => one.SlotAt(rank) == other.SlotAt(rank));
        });
        Assert.InRange(meetings, Pairs - (4 * Math.Sqrt(Pairs)), Pairs + (4 * Math.Sqrt(Pairs)));
    }

    private static double ChiSquared(int[] observed, int total)
    {
        double expected = (double)total / observed.Length;
        return observed.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
