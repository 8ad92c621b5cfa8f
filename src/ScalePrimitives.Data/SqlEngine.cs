using System.Data;
using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>Where the dialects differ in what every store does: transactions that last, locked reads, and the time.</summary>
internal abstract class SqlEngine
{
    /// <summary>Gets what a query ends with that locks the rows it reads until the transaction ends.</summary>
    public virtual string ForUpdate => " FOR UPDATE";

    /// <summary>Gets what stands behind the columns of a new table.</summary>
    public virtual string TableOptions => "";

    /// <summary>Gets the type of a column of bytes.</summary>
    public virtual string BytesType => "BLOB";

    /// <summary>Gets the type of a column of long text.</summary>
    public virtual string LongTextType => "TEXT";

    /// <summary>Gets the query of the database's clock, in microseconds since 1970.</summary>
    public abstract string Now { get; }

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public static SqlEngine For(SqlDialect dialect) => dialect switch
    {
        SqlDialect.Sqlite => new Sqlite(),
        SqlDialect.PostgreSql => new PostgreSql(),
        SqlDialect.MySql => new MySql(),
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, $"dialect must be one of {string.Join(", ", Enum.GetNames<SqlDialect>())}, but was {dialect}."),
    };

    /// <summary>Makes the statement that adds a row unless its key is there.</summary>
    public virtual string AddUnlessThere(string table, string columns, string values) => $"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING";

    /// <summary>Makes the rest of the statement that creates a table whose text keys tell case apart.</summary>
    public virtual string KeyType(int length) => $"VARCHAR({length})";

    /// <summary>Begins a transaction whose commit is on disk when it returns, and which no other writer of the same rows overlaps once it has locked one.</summary>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    public async ValueTask<SqlSession> BeginAsync(SqlSession session, IsolationLevel isolation = IsolationLevel.Unspecified)
    {
        await PrepareAsync(session).ConfigureAwait(false);
        DbTransaction transaction = await session.Connection.BeginTransactionAsync(isolation, session.CancellationToken).ConfigureAwait(false);
        SqlSession within = session.Within(transaction);
        await BegunAsync(within).ConfigureAwait(false);
        return within;
    }

    protected virtual ValueTask PrepareAsync(SqlSession session) => ValueTask.CompletedTask;

    protected virtual ValueTask BegunAsync(SqlSession session) => ValueTask.CompletedTask;

    private sealed class Sqlite : SqlEngine
    {
        public override string ForUpdate => ""; // a transaction locks the whole file as it begins

        public override string Now => "SELECT CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) * 1000";

        protected override async ValueTask PrepareAsync(SqlSession session) => await session.ExecuteAsync("PRAGMA synchronous = FULL").ConfigureAwait(false);
    }

    private sealed class PostgreSql : SqlEngine
    {
        public override string BytesType => "BYTEA";

        public override string Now => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

        protected override async ValueTask BegunAsync(SqlSession session) => await session.ExecuteAsync("SET LOCAL synchronous_commit = on").ConfigureAwait(false);
    }

    private sealed class MySql : SqlEngine
    {
        public override string Now => "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

        public override string BytesType => "LONGBLOB";

        public override string LongTextType => "LONGTEXT";

        public override string TableOptions => " ENGINE = InnoDB"; // the engine that the setting below is about

        public override string AddUnlessThere(string table, string columns, string values) => $"INSERT IGNORE INTO {table} ({columns}) VALUES ({values})";

        // By bytes: the usual collations do not tell case apart.
        public override string KeyType(int length) => $"VARCHAR({length}) CHARACTER SET ascii COLLATE ascii_bin";

        protected override async ValueTask PrepareAsync(SqlSession session)
        {
            object? flush = await session.QueryAsync("SELECT @@innodb_flush_log_at_trx_commit").ConfigureAwait(false);
            if (Convert.ToInt64(flush, CultureInfo.InvariantCulture) != 1)
            {
                throw new InvalidOperationException($"The server runs with innodb_flush_log_at_trx_commit = {flush}, and may lose what it commits: what it gave out would be given out again. It must be 1.");
            }
        }
    }
}
