using System.Globalization;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

internal sealed class TicketQuestion(int block) : IPairedQuestion
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"id-ticket-{block}");

    public string Title => string.Create(CultureInfo.InvariantCulture, $"A ticket of blocks of {block:N0} out of memory, beside the increment it cannot do without.");

    public int MaxThreads => 2;

    public IReadOnlyList<Contender> CreateContenders(bool isShort) =>
    [
        new DrawContender<IncrementDraw>("interlocked increment", new()),
        new DrawContender<TicketDraw>("TicketGenerator", new(new TicketGenerator(new InMemoryTicketStore(), "paired", new TicketOptions { InitialBlock = block, MaxBlock = block }))),
    ];

    private readonly struct TicketDraw(TicketGenerator generator) : IDraw
    {
        public long Draw() => generator.Next();
    }
}
