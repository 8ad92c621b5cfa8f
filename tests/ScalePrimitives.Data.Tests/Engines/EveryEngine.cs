namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>Tests that run on every engine, each on a database of its own.</summary>
public abstract class EveryEngine(PostgresServer postgres, MariaDbServer mariaDb) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<SqlDialect> Dialects => [.. Enum.GetValues<SqlDialect>()];

    protected static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<TestDatabase> NewDatabaseAsync(SqlDialect dialect) =>
        dialect == SqlDialect.Sqlite ? new TestDatabase(dialect, $"Data Source={Path.Combine(_folder.Path, $"{Guid.NewGuid()}.db")}") : await Server(dialect).NewDatabaseAsync();

    protected DatabaseServer Server(SqlDialect dialect) => dialect == SqlDialect.PostgreSql ? postgres : mariaDb;
}
