using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What <see cref="SqlSlotMigrationStore"/> promises on every engine, besides what every store of migrations does.</summary>
public abstract class SqlSlotMigrationStoreContract : SlotMigrationStoreContract
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    protected abstract Task<TestDatabase> NewDatabaseAsync();

    protected override async ValueTask<ISlotMigrationStore> CreateAsync()
    {
        TestDatabase database = await NewDatabaseAsync();
        var store = new SqlSlotMigrationStore(database.Open(), database.Dialect);
        await store.CreateSchemaAsync(TestToken);
        await store.CreateSchemaAsync(TestToken);
        return store;
    }

    [Fact]
    public async Task A_row_that_is_no_migration_is_told_and_not_taken()
    {
        TestDatabase database = await NewDatabaseAsync();
        await using DbDataSource source = database.Open();
        var store = new SqlSlotMigrationStore(source, database.Dialect);
        await Assert.ThrowsAnyAsync<DbException>(async () => await store.ListUnfinishedAsync(TestToken)); // no schema yet
        await store.CreateSchemaAsync(TestToken);
        foreach (string spoiled in (string[])["slots = '1,x'", "slots = ''", "state = 'Nowhere'", "id = 'x'"])
        {
            await ExecuteAsync(source, "DELETE FROM slot_migrations");
            Assert.True(await store.TryWriteAsync(new SlotMigrationRecord(Guid.NewGuid(), "m", new SlotMove([1], "a", "b"), 2, SlotMigrationState.Copying, 1, 1), TestToken));
            await ExecuteAsync(source, $"UPDATE slot_migrations SET {spoiled}");
            await Assert.ThrowsAsync<InvalidDataException>(async () => await store.ListUnfinishedAsync(TestToken));
        }
    }

    private static async Task ExecuteAsync(DbDataSource source, string statement)
    {
        await using DbCommand command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestToken);
    }
}
