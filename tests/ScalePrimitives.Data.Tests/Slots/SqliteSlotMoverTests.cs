using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteSlotMoverTests : SlotMoverContract, IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _databases;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public Task Deleting_rows_that_a_trigger_keeps_ends() => AssertDeletionEndsAsync(
        ["CREATE TRIGGER keep BEFORE DELETE ON orders BEGIN SELECT RAISE(IGNORE); END"],
        ["DROP TRIGGER keep"]);

    protected override string ManyTypes => "name TEXT NOT NULL, whole INTEGER, real8 REAL, bytes BLOB, anything";

    protected override string[] ManyRows =>
    [
        "'a', 9223372036854775807, 0.30000000000000004, x'00FF', 'text'",
        "'é''s', NULL, NULL, NULL, NULL",
        "'', -9223372036854775808, 1e300, x'', 5",
        "'zero', 0, 0.0, zeroblob(10), x'05'",
    ];

    protected override (string Table, string Reason)[] Refused =>
    [
        ("uniques (slot INT NOT NULL, id INT NOT NULL, mail TEXT, PRIMARY KEY (slot, id), UNIQUE (slot, mail))", "recursive_triggers"),
        ("nulls (slot INT NOT NULL, id INT, PRIMARY KEY (slot, id))", "may be null"),
    ];

    // One that has only read so far holds up nobody.
    protected override Task<DbTransaction> BeginSnapshotAsync(DbConnection connection)
    {
        var sqlite = (Microsoft.Data.Sqlite.SqliteConnection)connection;
        sqlite.DefaultTimeout = 1; // the driver would ask again for half a minute
        return Task.FromResult<DbTransaction>(sqlite.BeginTransaction(deferred: true));
    }

    protected override Task<TestDatabase> NewDatabaseAsync() =>
        Task.FromResult(new TestDatabase(SqlDialect.Sqlite, $"Data Source={Path.Combine(_folder.Path, $"shard{_databases++}.db")}"));
}
