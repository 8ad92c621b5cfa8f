using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What every ticket store promises. An implementation's tests inherit these and say how one is made.</summary>
public abstract class TicketStoreContract
{
    private const int Clients = 4;

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    /// <summary>Makes a store in which no number was reserved.</summary>
    protected abstract ValueTask<ITicketStore> CreateAsync();

    [Fact]
    public async Task Blocks_have_the_wanted_count_and_never_meet()
    {
        ITicketStore store = await CreateAsync();
        var seen = new HashSet<long>();
        foreach (int count in (int[])[1, 2, 1000, 1, 7])
        {
            TicketBlock block = await store.ReserveAsync("orders", count, cancellationToken: TestToken);
            Assert.Equal(count, block.Count);
            Assert.All(NumbersOf(block), number => Assert.True(seen.Add(number)));
        }

        Assert.All(seen, number => Assert.InRange(number, 0, long.MaxValue));
    }

    [Fact]
    public async Task Names_have_rows_of_their_own_and_case_tells_them_apart()
    {
        ITicketStore store = await CreateAsync();
        TicketBlock first = await store.ReserveAsync("orders", 10, cancellationToken: TestToken);
        Assert.Equal(first, await store.ReserveAsync("users", 10, cancellationToken: TestToken));
        Assert.Equal(first, await store.ReserveAsync("Orders", 10, cancellationToken: TestToken));
        Assert.NotEqual(first, await store.ReserveAsync("orders", 10, cancellationToken: TestToken));
    }

    [Fact]
    public async Task A_store_that_is_behind_is_pulled_up_and_stays_there()
    {
        ITicketStore store = await CreateAsync();
        TicketBlock pulled = await store.ReserveAsync("orders", 5, atLeast: 1_000_000, TestToken);
        Assert.InRange(pulled.First, 1_000_000, 1_000_000 + pulled.Step - 1);
        TicketBlock after = await store.ReserveAsync("orders", 5, cancellationToken: TestToken);
        Assert.True(after.First > pulled.First + (4 * pulled.Step));
        TicketBlock ahead = await store.ReserveAsync("orders", 5, atLeast: 10, TestToken);
        Assert.True(ahead.First > after.First);
    }

    [Fact]
    public async Task Clients_that_reserve_at_once_never_get_the_same_number()
    {
        ITicketStore store = await CreateAsync();
        IEnumerable<long>[] reserved = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            var numbers = new List<long>();
            for (int i = 0; i < 50; i++)
            {
                numbers.AddRange(NumbersOf(await store.ReserveAsync("orders", 1 + (i % 7), cancellationToken: TestToken)));
            }

            return (IEnumerable<long>)numbers;
        })));
        long[] all = [.. reserved.SelectMany(numbers => numbers)];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public async Task The_end_of_the_numbers_is_refused_and_nothing_is_taken()
    {
        ITicketStore store = await CreateAsync();
        TicketBlock near = await store.ReserveAsync("orders", 1, atLeast: long.MaxValue - 100_000, TestToken);
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.ReserveAsync("orders", int.MaxValue, cancellationToken: TestToken));
        TicketBlock next = await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        Assert.InRange(next.First, near.First + near.Step, long.MaxValue);
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.ReserveAsync("orders", 2, atLeast: long.MaxValue, TestToken));
    }

    [Fact]
    public async Task Bad_arguments_are_refused()
    {
        ITicketStore store = await CreateAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReserveAsync("", 1, cancellationToken: TestToken));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReserveAsync(null!, 1, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("count", async () => await store.ReserveAsync("orders", 0, cancellationToken: TestToken));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("atLeast", async () => await store.ReserveAsync("orders", 1, -1, TestToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: new CancellationToken(canceled: true)));
    }

    internal static IEnumerable<long> NumbersOf(TicketBlock block) => Enumerable.Range(0, block.Count).Select(i => block.First + (i * block.Step));
}
