using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class MultiMasterTicketStoreTests : TicketStoreContract
{
    private const int Residues = 64;

    private readonly ManualTimeProvider _time = new();

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected override ValueTask<ITicketStore> CreateAsync() => ValueTask.FromResult<ITicketStore>(new MultiMasterTicketStore([Master(1)]));

    [Fact]
    public async Task Masters_take_turns_and_their_numbers_rise()
    {
        var store = new MultiMasterTicketStore([Master(1), Master(2), Master(3)]);
        var blocks = new List<TicketBlock>();
        for (int i = 0; i < 9; i++)
        {
            blocks.Add(await store.ReserveAsync("orders", 10, cancellationToken: TestToken));
        }

        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3], blocks.Select(block => (int)(block.First % Residues)).Order());
        Assert.Equal(blocks.Select(block => block.First).Order(), blocks.Select(block => block.First));
        Assert.Equal(90, blocks.SelectMany(NumbersOf).Distinct().Count());
    }

    // Clients never choose residues: the masters keep theirs.
    [Fact]
    public async Task Two_clients_that_list_the_masters_in_a_different_order_never_meet()
    {
        ITicketStore[] masters = [Master(1), Master(2)];
        ITicketStore[] clients = [new MultiMasterTicketStore(masters), new MultiMasterTicketStore(masters.Reverse())];
        var seen = new HashSet<long>();
        for (int i = 0; i < 100; i++)
        {
            Assert.All(NumbersOf(await clients[i % 2].ReserveAsync("orders", 5, cancellationToken: TestToken)), number => Assert.True(seen.Add(number)));
        }
    }

    [Fact]
    public async Task It_goes_on_with_those_that_answer_and_leaves_one_that_failed_alone_for_a_while()
    {
        var broken = new FailingStore(Master(1)) { Fails = true };
        var store = new MultiMasterTicketStore([broken, Master(2)], timeProvider: _time);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(2, (await store.ReserveAsync("orders", 1, cancellationToken: TestToken)).First % Residues);
        }

        Assert.Equal(1, broken.Asked);
        broken.Fails = false;
        _time.Advance(TimeSpan.FromSeconds(11));
        var residues = new HashSet<long>();
        for (int i = 0; i < 2; i++)
        {
            residues.Add((await store.ReserveAsync("orders", 1, cancellationToken: TestToken)).First % Residues);
        }

        Assert.Equal([1, 2], residues.Order());
    }

    [Fact]
    public async Task One_that_was_away_is_pulled_up_to_the_others()
    {
        var laggard = new FailingStore(Master(1)) { Fails = true };
        var store = new MultiMasterTicketStore([laggard, Master(2)], timeProvider: _time);
        TicketBlock last = default;
        for (int i = 0; i < 100; i++)
        {
            last = await store.ReserveAsync("orders", 100, cancellationToken: TestToken);
        }

        laggard.Fails = false;
        _time.Advance(TimeSpan.FromSeconds(11));
        TicketBlock[] next = [await store.ReserveAsync("orders", 1, cancellationToken: TestToken), await store.ReserveAsync("orders", 1, cancellationToken: TestToken)];
        Assert.All(next, block => Assert.True(block.First > last.First));
        Assert.Contains(next, block => block.First % Residues == 1);
    }

    [Fact]
    public async Task One_that_hangs_holds_nobody_up_for_longer_than_the_timeout()
    {
        var store = new MultiMasterTicketStore([new ScriptedTicketStore(), Master(2)], TimeSpan.FromSeconds(1), _time);
        Task<TicketBlock>[] asked = [.. Enumerable.Range(0, 2).Select(_ => store.ReserveAsync("orders", 1, cancellationToken: TestToken).AsTask())];
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (Task<TicketBlock> block in asked)
        {
            Assert.Equal(2, (await block).First % Residues);
        }
    }

    [Fact]
    public async Task When_none_answers_all_that_they_threw_is_told()
    {
        var store = new MultiMasterTicketStore([new FailingStore(Master(1)) { Fails = true }, new FailingStore(Master(2)) { Fails = true }]);
        AggregateException all = await Assert.ThrowsAsync<AggregateException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: TestToken));
        Assert.Equal(2, all.InnerExceptions.Count);
        Assert.All(all.InnerExceptions, exception => Assert.IsType<IOException>(exception));
    }

    [Theory]
    [InlineData(1, 64, 1, 64)] // the same residue twice
    [InlineData(1, 64, 2, 32)] // created for another number of masters
    public async Task Masters_that_could_meet_are_refused(long firstResidue, long firstStep, long secondResidue, long secondStep)
    {
        var store = new MultiMasterTicketStore(
            [new InMemoryTicketStore(new MultiMasterSequence(firstResidue, firstStep)), new InMemoryTicketStore(new MultiMasterSequence(secondResidue, secondStep))]);
        await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: TestToken));
    }

    [Fact]
    public async Task A_master_that_was_set_up_anew_may_have_another_residue()
    {
        var rebuilt = new ReplaceableStore(Master(1));
        var store = new MultiMasterTicketStore([rebuilt, Master(2)]);
        await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        rebuilt.Store = Master(7);
        TicketBlock[] next = [await store.ReserveAsync("orders", 1, cancellationToken: TestToken), await store.ReserveAsync("orders", 1, cancellationToken: TestToken)];
        Assert.Equal([2L, 7], next.Select(block => block.First % Residues).Order());
    }

    [Theory]
    [InlineData(1, 0, 1)] // no step
    [InlineData(1, 64, 2)] // more than was asked for
    [InlineData(long.MaxValue, 64, 1)]
    [InlineData(-63, 64, 1)]
    public async Task What_is_no_block_of_numbers_is_not_used_and_another_master_is_asked(long first, long step, int count)
    {
        var wrong = new ScriptedTicketStore();
        var store = new MultiMasterTicketStore([wrong, Master(2)]);
        bool isOne = first == long.MaxValue; // the last number that there is
        var residues = new List<long>();
        for (int i = 0; i < 2; i++)
        {
            Task<TicketBlock> asked = store.ReserveAsync("orders", 1, cancellationToken: TestToken).AsTask();
            if (!asked.IsCompleted)
            {
                wrong.Answer(new TicketBlock(first, step, count));
            }

            residues.Add((await asked).First % Residues);
        }

        Assert.Equal(isOne ? [2L, 63] : [2L, 2], residues.Order());
    }

    [Fact]
    public void Bad_masters_and_timeouts_are_refused()
    {
        Assert.Throws<ArgumentNullException>("masters", () => new MultiMasterTicketStore(null!));
        Assert.Throws<ArgumentNullException>("masters", () => new MultiMasterTicketStore([null!]));
        Assert.Throws<ArgumentException>("masters", () => new MultiMasterTicketStore([]));
        Assert.Throws<ArgumentOutOfRangeException>("timeout", () => new MultiMasterTicketStore([Master(1)], TimeSpan.Zero));
    }

    private static InMemoryTicketStore Master(long residue) => new(new MultiMasterSequence(residue, Residues));

    private sealed class ReplaceableStore(ITicketStore store) : ITicketStore
    {
        public ITicketStore Store { get; set; } = store;

        public ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default) =>
            Store.ReserveAsync(name, count, atLeast, cancellationToken);
    }

    private sealed class FailingStore(ITicketStore store) : ITicketStore
    {
        public bool Fails { get; set; }

        public int Asked { get; private set; }

        public ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
        {
            Asked++;
            return Fails ? ValueTask.FromException<TicketBlock>(new IOException("no route")) : store.ReserveAsync(name, count, atLeast, cancellationToken);
        }
    }
}
