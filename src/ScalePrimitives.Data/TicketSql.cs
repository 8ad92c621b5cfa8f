using System.Data.Common;
using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>The statements of <see cref="SqlTicketStore"/> in one dialect.</summary>
internal abstract class TicketSql(string table)
{
    public virtual string CreateRows => $"CREATE TABLE IF NOT EXISTS {table} (name VARCHAR(100) NOT NULL PRIMARY KEY, next_place BIGINT NOT NULL)";

    public string CreateMaster => $"CREATE TABLE IF NOT EXISTS {table}_master (id INT NOT NULL PRIMARY KEY, residue BIGINT NOT NULL, masters BIGINT NOT NULL)";

    public string ReadMaster => $"SELECT residue, masters FROM {table}_master WHERE id = 1";

    public virtual string SetMaster => $"INSERT INTO {table}_master (id, residue, masters) VALUES (1, @residue, @masters) ON CONFLICT DO NOTHING";

    public virtual string AddRow => $"INSERT INTO {table} (name, next_place) VALUES (@name, 0) ON CONFLICT DO NOTHING";

    protected string Table => table;

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public static TicketSql For(SqlDialect dialect, string table) => dialect switch
    {
        SqlDialect.Sqlite => new Sqlite(table),
        SqlDialect.PostgreSql => new PostgreSql(table),
        SqlDialect.MySql => new MySql(table),
        _ => throw new ArgumentOutOfRangeException(nameof(dialect), dialect, $"dialect must be one of {string.Join(", ", Enum.GetNames<SqlDialect>())}, but was {dialect}."),
    };

    /// <summary>Makes sure, outside a transaction, that what this session commits stays.</summary>
    public abstract ValueTask MakeDurableAsync(SqlSession session);

    /// <summary>Moves the row of a name on, in a transaction of its own.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name.</param>
    /// <param name="count">By how many places.</param>
    /// <param name="floor">The place from which at least the row goes on.</param>
    /// <param name="last">The last place at which the block may begin.</param>
    /// <returns>The place after the block; null when the name has no row, or its block would begin past <paramref name="last"/>.</returns>
    public async ValueTask<long?> AdvanceAsync(SqlSession session, string name, int count, long floor, long last)
    {
        DbTransaction transaction = await session.Connection.BeginTransactionAsync(session.CancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            long? next = await AdvanceAsync(session, transaction, ("@name", name), ("@count", (long)count), ("@floor", floor), ("@last", last)).ConfigureAwait(false);
            if (next is not null)
            {
                // Not to be cancelled: whether it was committed would be unknown, and the numbers lost.
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            return next;
        }
    }

    protected abstract ValueTask<long?> AdvanceAsync(SqlSession session, DbTransaction transaction, params (string Name, object Value)[] parameters);

    private static async ValueTask<object?> QueryAsync(SqlSession session, DbTransaction transaction, string text, (string Name, object Value)[] parameters)
    {
        DbCommand command = session.Command(text, parameters);
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            return await command.ExecuteScalarAsync(session.CancellationToken).ConfigureAwait(false);
        }
    }

    private static long? ToPlace(object? value) => value is null or DBNull ? null : Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private sealed class Sqlite(string table) : TicketSql(table)
    {
        public override async ValueTask MakeDurableAsync(SqlSession session) =>
            await session.ExecuteAsync("PRAGMA synchronous = FULL").ConfigureAwait(false);

        protected override async ValueTask<long?> AdvanceAsync(SqlSession session, DbTransaction transaction, params (string Name, object Value)[] parameters) =>
            ToPlace(await QueryAsync(session, transaction, $"UPDATE {Table} SET next_place = MAX(next_place, @floor) + @count WHERE name = @name AND MAX(next_place, @floor) <= @last RETURNING next_place", parameters).ConfigureAwait(false));
    }

    private sealed class PostgreSql(string table) : TicketSql(table)
    {
        // For the transaction alone: in AdvanceAsync.
        public override ValueTask MakeDurableAsync(SqlSession session) => ValueTask.CompletedTask;

        protected override async ValueTask<long?> AdvanceAsync(SqlSession session, DbTransaction transaction, params (string Name, object Value)[] parameters)
        {
            await QueryAsync(session, transaction, "SET LOCAL synchronous_commit = on", []).ConfigureAwait(false);
            return ToPlace(await QueryAsync(session, transaction, $"UPDATE {Table} SET next_place = GREATEST(next_place, @floor) + @count WHERE name = @name AND GREATEST(next_place, @floor) <= @last RETURNING next_place", parameters).ConfigureAwait(false));
        }
    }

    private sealed class MySql(string table) : TicketSql(table)
    {
        // By bytes: the usual collations do not tell case apart.
        public override string CreateRows => $"CREATE TABLE IF NOT EXISTS {Table} (name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, next_place BIGINT NOT NULL) ENGINE = InnoDB";

        public override string SetMaster => $"INSERT IGNORE INTO {Table}_master (id, residue, masters) VALUES (1, @residue, @masters)";

        public override string AddRow => $"INSERT IGNORE INTO {Table} (name, next_place) VALUES (@name, 0)";

        public override async ValueTask MakeDurableAsync(SqlSession session)
        {
            object? flush = await session.QueryAsync("SELECT @@innodb_flush_log_at_trx_commit").ConfigureAwait(false);
            if (Convert.ToInt64(flush, CultureInfo.InvariantCulture) != 1)
            {
                throw new InvalidOperationException($"The server runs with innodb_flush_log_at_trx_commit = {flush}, and may lose what it commits: numbers would be handed out twice. It must be 1.");
            }
        }

        protected override async ValueTask<long?> AdvanceAsync(SqlSession session, DbTransaction transaction, params (string Name, object Value)[] parameters)
        {
            DbCommand command = session.Command($"UPDATE {Table} SET next_place = LAST_INSERT_ID(GREATEST(next_place, @floor) + @count) WHERE name = @name AND GREATEST(next_place, @floor) <= @last", parameters);
            await using (command.ConfigureAwait(false))
            {
                command.Transaction = transaction;

                // An update of no row leaves the number of an earlier statement, of another name perhaps.
                return await command.ExecuteNonQueryAsync(session.CancellationToken).ConfigureAwait(false) == 1
                    ? ToPlace(await QueryAsync(session, transaction, "SELECT LAST_INSERT_ID()", []).ConfigureAwait(false))
                    : null;
            }
        }
    }
}
