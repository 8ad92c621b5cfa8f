using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Readme;

public class ClocksExample
{
    [Fact]
    public void Runs()
    {
        const ulong Europe = 1, America = 2;
        VectorClock written = VectorClock.Empty.Increment(Europe);
        VectorClock inEurope = written.Increment(Europe);   // both replicas change it,
        VectorClock inAmerica = written.Increment(America); // neither knowing of the other

        CausalOrder order = inEurope.Compare(inAmerica);    // Concurrent: a conflict, keep both
        VectorClock reconciled = inEurope.Merge(inAmerica).Increment(Europe);
        bool seenBoth = reconciled.Descends(inEurope) && reconciled.Descends(inAmerica);

        Assert.Equal(CausalOrder.Concurrent, order);
        Assert.True(seenBoth);
    }
}
