using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class InMemoryTicketStoreTests : TicketStoreContract
{
    protected override ValueTask<ITicketStore> CreateAsync() => ValueTask.FromResult<ITicketStore>(new InMemoryTicketStore());

    [Fact]
    public async Task Numbers_begin_at_1_or_with_the_sequence()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        Assert.Equal(new TicketBlock(1, 1, 3), await new InMemoryTicketStore().ReserveAsync("a", 3, cancellationToken: token));
        var third = new InMemoryTicketStore(new MultiMasterSequence(offset: 3, step: 64));
        Assert.Equal(new TicketBlock(3, 64, 2), await third.ReserveAsync("a", 2, cancellationToken: token));
        Assert.Equal(new TicketBlock(131, 64, 2), await third.ReserveAsync("a", 2, cancellationToken: token));
    }
}
