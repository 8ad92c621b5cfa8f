using System.Data;
using System.Data.Common;

namespace ScalePrimitives.Data.Tests.Engines;

internal sealed class HookedTransaction(DbConnection connection, DbTransaction inner, Func<string, Task> before) : DbTransaction
{
    public DbTransaction Inner => inner;

    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    protected override DbConnection DbConnection => connection;

    public override void Commit() => throw new NotSupportedException();

    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await before(HookedDataSource.Commit);
        await inner.CommitAsync(cancellationToken);
    }

    public override void Rollback() => inner.Rollback();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
