using System.Data.Common;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Data;

/// <summary>Keeps the high-water mark of a <see cref="HybridLogicalClock"/> in a table, one row a clock, as its text. A mark is on disk before the call returns. Thread-safe.</summary>
public sealed class SqlClockMarkStore : IClockMarkStore
{
    private const int MaxNameLength = 100;
    private const int MarkLength = 30; // of the text of a stamp

    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _clock;
    private readonly string _table;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="clock">The name of the clock, such as that of its machine: 1 to 100 letters of ASCII, digits and the characters <c>. _ - : /</c>. No two clocks share one.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/>, <paramref name="clock"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="clock"/> or <paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlClockMarkStore(DbDataSource dataSource, SqlDialect dialect, string clock, string table = "clock_marks")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        SqlName.CheckKey(clock, MaxNameLength, nameof(clock));
        (_dataSource, _engine, _clock, _table) = (dataSource, SqlEngine.For(dialect), clock, SqlName.Checked(table));
    }

    /// <summary>Creates the table, unless it is there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT and UPDATE on the table.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default) =>
        _engine.CreateTablesAsync(_dataSource, cancellationToken, (_table, $"name {_engine.KeyType(MaxNameLength)} NOT NULL PRIMARY KEY, mark CHAR({MarkLength}) NOT NULL"));

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public ValueTask<HybridTimestamp> RaiseAsync(HybridTimestamp mark, CancellationToken cancellationToken = default) =>
        SqlSession.WithAsync(_dataSource, session => RaiseAsync(session, mark), cancellationToken);

    private async ValueTask<HybridTimestamp> RaiseAsync(SqlSession session, HybridTimestamp mark)
    {
        await session.ExecuteAsync(_engine.AddUnlessThere(_table, "name, mark", "@name, @mark"), ("@name", _clock), ("@mark", Text(HybridTimestamp.MinValue))).ConfigureAwait(false);
        SqlSession within = await _engine.BeginAsync(session).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            string? text = await within.QueryRowAsync($"SELECT mark FROM {_table} WHERE name = @name{_engine.ForUpdate}", static row => row.GetString(0), ("@name", _clock)).ConfigureAwait(false);
            var kept = HybridTimestamp.Parse(text!, null);
            if (mark <= kept)
            {
                return kept;
            }

            await within.ExecuteAsync($"UPDATE {_table} SET mark = @mark WHERE name = @name", ("@name", _clock), ("@mark", Text(mark))).ConfigureAwait(false);
            await within.CommitAsync().ConfigureAwait(false);
            return mark;
        }
    }

    private static string Text(HybridTimestamp stamp) => stamp.ToString(null, null);
}
