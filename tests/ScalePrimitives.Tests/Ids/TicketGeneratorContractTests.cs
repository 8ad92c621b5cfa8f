using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class TicketGeneratorContractTests : WaitingIdGeneratorContractTests<long>
{
    protected override IIdGenerator<long> CreateReady()
    {
        var generator = new TicketGenerator(new InMemoryTicketStore(), "orders", new TicketOptions { InitialBlock = 1 << 20, MaxBlock = 1 << 20 });
        generator.Next();
        return generator;
    }

    protected override IIdGenerator<long> CreateWaiting() => new TicketGenerator(new ScriptedTicketStore(), "orders");
}
