using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Data.Tests.Engines;

internal sealed class HookedConnection(DbConnection inner, Func<string, Task> before, Action<string>? read) : DbConnection
{
    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => inner.ConnectionString = value;
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override void ChangeDatabase(string databaseName) => inner.ChangeDatabase(databaseName);

    public override void Open() => inner.Open();

    public override Task OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    public override void Close() => inner.Close();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => new HookedTransaction(this, inner.BeginTransaction(isolationLevel), before);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        new HookedTransaction(this, await inner.BeginTransactionAsync(isolationLevel, cancellationToken), before);

    protected override DbCommand CreateDbCommand() => new HookedCommand(this, inner.CreateCommand(), before, read);
}
