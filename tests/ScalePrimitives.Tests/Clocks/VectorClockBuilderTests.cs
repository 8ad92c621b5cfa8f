using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

public class VectorClockBuilderTests
{
    public enum Action
    {
        Increment,
        Merge,
        Remove,
        Publish,
    }

    /// <summary>Every clock published on the way must stay as it was when published: builder and clocks share arrays until the next write.</summary>
    [Property(MaxTest = 500, Arbitrary = [typeof(ClockArbitraries)])]
    public void Builder_equals_the_same_operations_one_by_one(VectorClock start, VectorClock other, Action[] actions, byte[] actors)
    {
        VectorClock.Builder builder = start.ToBuilder();
        VectorClock expected = start;
        var published = new List<(VectorClock Clock, string Text)>();
        for (int i = 0; i < actions.Length; i++)
        {
            ulong actor = actors.Length == 0 ? 0 : (ulong)actors[i % actors.Length] % 32;
            switch (actions[i])
            {
                case Action.Increment when expected[actor] < ulong.MaxValue:
                    expected = expected.Increment(actor, out Dot dot);
                    Assert.Equal(dot, builder.Increment(actor));
                    break;
                case Action.Merge:
                    expected = expected.Merge(other);
                    builder.Merge(other);
                    break;
                case Action.Remove:
                    Assert.Equal(expected[actor] != 0, builder.Remove(actor));
                    expected = expected.Without(actor);
                    break;
                case Action.Publish:
                    published.Add((builder.ToVectorClock(), $"{expected}"));
                    break;
            }

            Assert.Equal(expected.Count, builder.Count);
            Assert.Equal(expected[actor], builder[actor]);
        }

        Assert.Equal(expected, builder.ToVectorClock());
        Assert.All(published, each => Assert.Equal(each.Text, $"{each.Clock}"));
    }

    [Fact]
    public void New_builder_has_seen_nothing()
    {
        var builder = new VectorClock.Builder();

        Assert.Equal(0, builder.Count);
        Assert.Equal(0UL, builder[7]);
        Assert.False(builder.Remove(7));
        Assert.Same(VectorClock.Empty, builder.ToVectorClock());
    }

    [Fact]
    public void Counting_on_and_merging_the_same_actors_allocate_nothing()
    {
        VectorClock start = VectorClock.From([.. Enumerable.Range(0, 50).Select(i => new Dot((ulong)i, 5))]);
        VectorClock other = VectorClock.From([.. Enumerable.Range(0, 50).Select(i => new Dot((ulong)i, 7))]);
        VectorClock.Builder builder = start.ToBuilder();
        Work(); // takes arrays of its own, and compiles

        long before = GC.GetAllocatedBytesForCurrentThread();
        Work();
        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(9UL, builder[3]);
        Assert.Equal(5UL, start[3]);

        void Work()
        {
            builder.Merge(other);
            builder.Increment(3);
        }
    }
}
