using System.Data.Common;
using System.Transactions;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Ids;

namespace ScalePrimitives.Data.Tests;

/// <summary>What <see cref="SqlTicketStore"/> promises on every engine, besides what every ticket store does.</summary>
public abstract class SqlTicketStoreContract : TicketStoreContract
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    protected override async ValueTask<ITicketStore> CreateAsync()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlTicketStore(database.Open(), database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        return store;
    }

    [Fact]
    public async Task Without_a_schema_it_says_so_and_makes_none()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlTicketStore(database.Open(), database.Dialect);
        await Assert.ThrowsAnyAsync<DbException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: TestToken));
        await Assert.ThrowsAnyAsync<DbException>(async () => await store.ReserveAsync("orders", 1, cancellationToken: TestToken));
    }

    [Fact]
    public async Task Another_client_goes_on_where_the_first_was_and_creating_the_schema_again_changes_nothing()
    {
        TestDatabase database = await NewDatabaseAsync();
        var first = new SqlTicketStore(database.Open(), database.Dialect);
        await first.CreateSchemaAsync(TestToken);
        Assert.Equal(new TicketBlock(1, 1, 10), await first.ReserveAsync("orders", 10, cancellationToken: TestToken));
        var second = new SqlTicketStore(database.Open(), database.Dialect);
        await second.CreateSchemaAsync(TestToken);
        Assert.Equal(new TicketBlock(11, 1, 10), await second.ReserveAsync("orders", 10, cancellationToken: TestToken));
    }

    [Fact]
    public async Task A_master_keeps_its_residue_for_good()
    {
        TestDatabase database = await NewDatabaseAsync();
        var master = new SqlTicketStore(database.Open(), database.Dialect);
        await master.CreateMasterSchemaAsync(3, cancellationToken: TestToken);
        Assert.Equal(new TicketBlock(3, 64, 2), await master.ReserveAsync("orders", 2, cancellationToken: TestToken));
        Assert.Equal(new TicketBlock(131, 64, 2), await master.ReserveAsync("orders", 2, cancellationToken: TestToken));
        Assert.Equal(new TicketBlock(1027, 64, 1), await master.ReserveAsync("orders", 1, atLeast: 1000, TestToken));
        foreach (Task other in (Task[])[master.CreateMasterSchemaAsync(4, cancellationToken: TestToken), master.CreateMasterSchemaAsync(3, 32, TestToken), master.CreateSchemaAsync(TestToken)])
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => other);
        }

        var reopened = new SqlTicketStore(database.Open(), database.Dialect);
        Assert.Equal(new TicketBlock(1091, 64, 1), await reopened.ReserveAsync("orders", 1, cancellationToken: TestToken));
    }

    [Fact]
    public async Task A_client_that_runs_while_a_master_is_set_up_anew_goes_on_with_the_new_residue()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var client = new SqlTicketStore(source, database.Dialect);
        await client.CreateMasterSchemaAsync(3, cancellationToken: TestToken);
        Assert.Equal(3, (await client.ReserveAsync("orders", 1, cancellationToken: TestToken)).First);
        foreach (string table in (string[])["tickets", "tickets_master"])
        {
            await using DbCommand drop = source.CreateCommand($"DROP TABLE {table}");
            await drop.ExecuteNonQueryAsync(TestToken);
        }

        await new SqlTicketStore(source, database.Dialect).CreateMasterSchemaAsync(7, cancellationToken: TestToken);
        Assert.Equal(7, (await client.ReserveAsync("orders", 1, cancellationToken: TestToken)).First);
    }

    // Else the numbers would come again once the caller's transaction is rolled back.
    [Fact]
    public async Task A_reservation_outlives_a_transaction_scope_that_is_rolled_back()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlTicketStore(source, database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Assert.Equal(1, (await store.ReserveAsync("orders", 1, cancellationToken: TestToken)).First);
        }

        Assert.Equal(2, (await store.ReserveAsync("orders", 1, cancellationToken: TestToken)).First);
    }

    [Fact]
    public async Task A_program_that_crashes_again_and_again_burns_few_numbers()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlTicketStore(source, database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        const int crashes = 20;
        for (int crash = 0; crash < crashes; crash++)
        {
            _ = await new TicketGenerator(store, "orders").NextAsync(TestToken);
        }

        // Its first block of 16, and at most one more of twice as many that it fetched ahead.
        TicketBlock next = await store.ReserveAsync("orders", 1, cancellationToken: TestToken);
        Assert.InRange(next.First, crashes, crashes * 48);
    }

    // A zero-row update must not give another name's number.
    [Fact]
    public async Task A_row_that_is_exhausted_gives_nothing_even_after_another_row_on_the_same_connection()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlTicketStore(database.Open(), database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        await store.ReserveAsync("full", 1, atLeast: long.MaxValue - 2, TestToken);
        await store.ReserveAsync("orders", 5, cancellationToken: TestToken);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.ReserveAsync("full", 10, cancellationToken: TestToken));
        Assert.Equal(new TicketBlock(6, 1, 5), await store.ReserveAsync("orders", 5, cancellationToken: TestToken));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("naïve")]
    [InlineData("a'b")]
    [InlineData("a;DROP TABLE tickets")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x")]
    public async Task A_name_that_could_be_read_in_two_ways_is_refused(string name)
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlTicketStore(database.Open(), database.Dialect);
        await Assert.ThrowsAsync<ArgumentException>(nameof(name), async () => await store.ReserveAsync(name, 1, cancellationToken: TestToken));
    }
}
