using System.Data.Common;

namespace ScalePrimitives.Data;

/// <summary>The database has not the tables that are asked for. Says what makes them, which a driver cannot.</summary>
internal sealed class MissingTableException(DbException inner)
    : DbException($"{inner.Message.TrimEnd('.')}. The schema is not there, or not where this connection looks for it: call CreateSchemaAsync first.", inner)
{
    public override string? SqlState => inner.SqlState;

    /// <summary>Does some work, and says so when a table is missing.</summary>
    public static async ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DbException exception) when (IsMissing(exception))
        {
            throw new MissingTableException(exception);
        }
    }

    // PostgreSQL's state, and MySQL's; SQLite has none.
    private static bool IsMissing(DbException exception) =>
        exception.SqlState is "42P01" or "42S02" || (exception.SqlState is null && exception.Message.Contains("no such table", StringComparison.Ordinal));
}
