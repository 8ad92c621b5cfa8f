using System.Collections.Concurrent;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>A store in memory whose every answer the test gives when it wants: <see cref="Answer()"/>, <see cref="Fail"/>.</summary>
internal sealed class ScriptedTicketStore : ITicketStore
{
    private readonly InMemoryTicketStore _numbers = new();
    private readonly BlockingCollection<(TaskCompletionSource<TicketBlock> Answer, string Name, int Count, long AtLeast)> _asked = [];

    /// <summary>Gets the counts asked for, in order.</summary>
    public ConcurrentQueue<int> Counts { get; } = new();

    public ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<TicketBlock>();
        Counts.Enqueue(count);
        _asked.Add((answer, name, count, atLeast), CancellationToken.None);
        return new ValueTask<TicketBlock>(answer.Task);
    }

    /// <summary>Answers the next request, waiting until it comes.</summary>
    public void Answer() => Hold()();

    /// <summary>Takes the next request, waiting until it comes, and reserves its numbers.</summary>
    /// <returns>What gives the answer.</returns>
    public Action Hold()
    {
        var asked = Take();
        ValueTask<TicketBlock> reserved = _numbers.ReserveAsync(asked.Name, asked.Count, asked.AtLeast);
        return () => asked.Answer.SetResult(reserved.IsCompletedSuccessfully ? reserved.Result : default);
    }

    /// <summary>Answers the next request with a block of the test's choice.</summary>
    public void Answer(TicketBlock block) => Take().Answer.SetResult(block);

    /// <summary>Lets the next request fail.</summary>
    public void Fail(Exception exception) => Take().Answer.SetException(exception);

    private (TaskCompletionSource<TicketBlock> Answer, string Name, int Count, long AtLeast) Take()
    {
        Assert.True(_asked.TryTake(out var asked, 20_000, TestContext.Current.CancellationToken), "nobody asked the store");
        return asked;
    }
}
