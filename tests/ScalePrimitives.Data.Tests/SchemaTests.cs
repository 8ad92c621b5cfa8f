using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

/// <summary>Programs that start together all create the schema, and one that may create nothing finds it there.</summary>
public sealed class SchemaTests(PostgresServer postgres, MariaDbServer mariaDb) : IClassFixture<PostgresServer>, IClassFixture<MariaDbServer>, IDisposable
{
    private const int Starting = 40;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<SqlDialect> Dialects => [.. Enum.GetValues<SqlDialect>()];

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Forty_that_start_together_create_the_schema_of_each_store(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource source = database.Open();
        foreach (Func<Task> create in Creations(source, dialect))
        {
            await Task.WhenAll(Enumerable.Range(0, Starting).Select(_ => Task.Run(create, TestToken)));
        }
    }

    private static IEnumerable<Func<Task>> Creations(DbDataSource source, SqlDialect dialect) =>
    [
        () => new SqlTicketStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlTicketStore(source, dialect, "masters").CreateMasterSchemaAsync(3, cancellationToken: TestToken),
        () => new SqlWorkerLeaseStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlActorEpochStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlClockMarkStore(source, dialect, "a").CreateSchemaAsync(TestToken),
        () => new SqlShardMapStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlShardOperationStore(source, dialect).CreateSchemaAsync(TestToken),
        () => new SqlSlotMigrationStore(source, dialect).CreateSchemaAsync(TestToken),
    ];

    private async Task<TestDatabase> NewDatabaseAsync(SqlDialect dialect) => dialect switch
    {
        SqlDialect.Sqlite => new TestDatabase(dialect, $"Data Source={Path.Combine(_folder.Path, $"{Guid.NewGuid()}.db")}"),
        SqlDialect.PostgreSql => await postgres.NewDatabaseAsync(),
        _ => await mariaDb.NewDatabaseAsync(),
    };
}
