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

    /// <summary>Makes the statement that adds rows, but those whose key is there. Not how many it added: some drivers count those that were there too.</summary>
    public virtual string AddUnlessThere(string table, string columns, string values) => $"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING";

    /// <summary>Adds a row unless its key is there.</summary>
    /// <param name="session">The session.</param>
    /// <param name="table">The table.</param>
    /// <param name="columns">The columns, first the one that is the key.</param>
    /// <param name="values">The value of each, in the same order.</param>
    /// <returns>Whether it was added.</returns>
    public virtual async ValueTask<bool> TryAddAsync(SqlSession session, string table, string columns, params (string Name, object? Value)[] values) =>
        await session.ExecuteAsync(AddUnlessThere(table, columns, string.Join(", ", values.Select(value => value.Name))), values).ConfigureAwait(false) == 1;

    /// <summary>Makes the rest of the statement that creates a table whose text keys tell case apart.</summary>
    public virtual string KeyType(int length) => $"VARCHAR({length})";

    /// <summary>
    /// Creates those of some tables that are not there, in the schema in which the connection would create them.
    /// Any number of processes may do so at once, and where all are there nobody needs the right to create one.
    /// </summary>
    /// <param name="session">The session, outside any transaction.</param>
    /// <param name="tables">The checked name of each table, and its columns and keys as they stand between the parentheses of <c>CREATE TABLE</c>.</param>
    public async ValueTask CreateTablesAsync(SqlSession session, params (string Name, string Columns)[] tables)
    {
        bool isMissing = false;
        foreach ((string name, _) in tables)
        {
            isMissing |= !await ExistsAsync(session, name).ConfigureAwait(false);
        }

        if (!isMissing)
        {
            return;
        }

        SqlSession alone = await BeginCreatingAsync(session).ConfigureAwait(false);
        await using (alone.ConfigureAwait(false))
        {
            foreach ((string name, string columns) in tables)
            {
                if (!await ExistsAsync(alone, name).ConfigureAwait(false))
                {
                    await alone.ExecuteAsync($"CREATE TABLE IF NOT EXISTS {name} ({columns}){TableOptions}").ConfigureAwait(false);
                }
            }

            await alone.CommitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Opens a connection and creates those of some tables that are not there.</summary>
    public async Task CreateTablesAsync(DbDataSource source, CancellationToken cancellationToken, params (string Name, string Columns)[] tables) => await SqlSession.WithAsync(source, async session =>
    {
        await CreateTablesAsync(session, tables).ConfigureAwait(false);
        return true;
    }, cancellationToken).ConfigureAwait(false);

    /// <summary>Says whether a table is there.</summary>
    protected abstract ValueTask<bool> ExistsAsync(SqlSession session, string table);

    /// <summary>Begins the transaction in which tables are created, which waits for all others of its kind where the database does not do so by itself.</summary>
    protected virtual async ValueTask<SqlSession> BeginCreatingAsync(SqlSession session) =>
        session.Within(await session.Connection.BeginTransactionAsync(session.CancellationToken).ConfigureAwait(false));

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

        protected override async ValueTask<bool> ExistsAsync(SqlSession session, string table) =>
            await session.QueryAsync($"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{table}' COLLATE NOCASE").ConfigureAwait(false) is not null;

        protected override async ValueTask PrepareAsync(SqlSession session) => await session.ExecuteAsync("PRAGMA synchronous = FULL").ConfigureAwait(false);
    }

    private sealed class PostgreSql : SqlEngine
    {
        private const long CreatingLock = 0x5343_414C_4550_524D; // any number that nobody else locks

        public override string BytesType => "BYTEA";

        public override string Now => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

        // In the schema that CREATE TABLE would use: one of the same name further down the search path is another's.
        protected override async ValueTask<bool> ExistsAsync(SqlSession session, string table) =>
            await session.QueryAsync($"SELECT to_regclass({(table.Contains('.', StringComparison.Ordinal) ? "" : "quote_ident(current_schema()) || '.' || ")}'{table}') IS NOT NULL").ConfigureAwait(false) is true;

        // Of sessions that create one table at once all but one fail, IF NOT EXISTS or not.
        protected override async ValueTask<SqlSession> BeginCreatingAsync(SqlSession session)
        {
            SqlSession within = await base.BeginCreatingAsync(session).ConfigureAwait(false);
            await within.ExecuteAsync($"SELECT pg_advisory_xact_lock({CreatingLock})").ConfigureAwait(false);
            return within;
        }

        protected override async ValueTask BegunAsync(SqlSession session) => await session.ExecuteAsync("SET LOCAL synchronous_commit = on").ConfigureAwait(false);
    }

    private sealed class MySql : SqlEngine
    {
        private const string ConstraintViolated = "23000";

        public override string Now => "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

        public override string BytesType => "LONGBLOB";

        public override string LongTextType => "LONGTEXT";

        // The engine that the setting below is about. Texts keep all letters, whatever the database's own character set.
        public override string TableOptions => " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

        // INSERT IGNORE would hide all other errors too, and write what it can.
        public override string AddUnlessThere(string table, string columns, string values)
        {
            string key = columns.Split(',')[0];
            return $"INSERT INTO {table} ({columns}) VALUES ({values}) ON DUPLICATE KEY UPDATE {key} = {key}";
        }

        public override async ValueTask<bool> TryAddAsync(SqlSession session, string table, string columns, params (string Name, object? Value)[] values)
        {
            try
            {
                return await session.ExecuteAsync($"INSERT INTO {table} ({columns}) VALUES ({string.Join(", ", values.Select(value => value.Name))})", values).ConfigureAwait(false) == 1;
            }
            catch (DbException exception) when (exception.SqlState == ConstraintViolated)
            {
                // Of its key, or another one? A locking read sees what others have committed since the transaction
                // began. This lock the failed insert has taken already, so that no two wait for each other.
                if (await session.QueryAsync($"SELECT 1 FROM {table} WHERE {columns.Split(',')[0]} = {values[0].Name} LOCK IN SHARE MODE", values[0]).ConfigureAwait(false) is null)
                {
                    throw;
                }

                return false;
            }
        }

        // By bytes: the usual collations do not tell case apart.
        public override string KeyType(int length) => $"VARCHAR({length}) CHARACTER SET ascii COLLATE ascii_bin";

        // The catalogue does not tell the case of names apart, as some servers do.
        protected override async ValueTask<bool> ExistsAsync(SqlSession session, string table)
        {
            SqlTableName name = SqlTableName.Parse(table, nameof(table));
            (long columns, string? lossy) = await session.QueryRowAsync(
                $"""
                SELECT COUNT(*), MIN(CASE WHEN character_set_name NOT IN ('ascii', 'utf8mb4') THEN character_set_name END) FROM information_schema.columns
                WHERE table_schema = {(name.Schema is null ? "DATABASE()" : $"'{name.Schema}'")} AND table_name = '{name.Name}' AND (BINARY table_name = '{name.Name}' OR @@lower_case_table_names > 0)
                """,
                static row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1))).ConfigureAwait(false);
            return lossy is null
                ? columns > 0
                : throw new InvalidOperationException(
                    $"The table {table} has columns of the character set {lossy}, which does not keep all letters. "
                    + $"Run ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, and look for ids in which letters have become question marks.");
        }

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
