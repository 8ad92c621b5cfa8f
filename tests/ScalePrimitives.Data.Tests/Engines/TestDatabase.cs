using System.Data.Common;
using TicketDrawer;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A database of a test's own.</summary>
public sealed record TestDatabase(SqlDialect Dialect, string ConnectionString)
{
    public DbDataSource Open() => Databases.Open(Dialect, ConnectionString);
}
