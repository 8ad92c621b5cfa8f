#pragma warning disable xUnit1051 // The example is word for word the one of the README.

using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Readme;

public class ClocksExample
{
    [Fact]
    public async Task Runs()
    {
        var epochs = new InMemoryActorEpochStore();              // SqlActorEpochStore outlives the process
        ActorLease europe = await ActorLease.AcquireAsync(epochs, replica: 1);
        ActorLease america = await ActorLease.AcquireAsync(epochs, replica: 2);

        var cart = DottedVersionVectorSet<string>.Empty.Put(CausalContext.Empty, "milk", europe.Actor);
        var inEurope = cart.Put(cart.Context, "milk, bread", europe.Actor);    // both replicas change it,
        var inAmerica = cart.Put(cart.Context, "milk, eggs", america.Actor);   // neither knowing of the other

        var merged = inEurope.Merge(inAmerica);                  // two siblings: no write is lost
        var resolved = merged.Resolve(values => string.Join(" + ", values), europe.Actor);

        CausalOrder order = inEurope.Context.Compare(inAmerica.Context);       // Concurrent
        HybridTimestamp stamp = new HybridLogicalClock().Now();  // 2026-11-23T08:15:00.250Z_00000

        Assert.Equal(["milk, bread", "milk, eggs"], merged.Values);
        Assert.Equal(["milk, bread + milk, eggs"], resolved.Values);
        Assert.Equal(CausalOrder.Concurrent, order);
        Assert.True(stamp > HybridTimestamp.MinValue);
    }
}
