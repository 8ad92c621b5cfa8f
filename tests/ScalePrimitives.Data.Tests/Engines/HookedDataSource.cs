using System.Data.Common;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A database whose every statement, and every commit, is announced before it runs: to fail it, or to hold it. Where that is asked for, each row that a statement's reader reads is told of too.</summary>
internal sealed class HookedDataSource(DbDataSource inner, Func<string, Task> before, Action<string>? read = null) : DbDataSource
{
    /// <summary>What a commit is announced as.</summary>
    public const string Commit = "COMMIT";

    public override string ConnectionString => inner.ConnectionString;

    protected override DbConnection CreateDbConnection() => new HookedConnection(inner.CreateConnection(), before, read);
}
