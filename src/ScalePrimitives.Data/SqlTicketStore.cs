using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Data;

/// <summary>
/// Keeps ticket numbers in a table, one row a name. A reservation is one short transaction that is on disk before the call returns; each
/// opens a connection of the data source and gives it back, outside any <see cref="System.Transactions.TransactionScope"/> of the caller. Thread-safe; any number of clients may share the table.
/// </summary>
/// <remarks>
/// <para><b>Durability</b> is asked for, not assumed: SQLite runs with <c>synchronous = FULL</c>, PostgreSQL with <c>synchronous_commit = on</c>
/// for the transaction, and MySQL or MariaDB with <c>innodb_flush_log_at_trx_commit</c> other than 1 is refused. A server whose disks lie, or a
/// failover to a copy that is behind, can lose what was committed: pull the copy up by <c>atLeast</c> before it serves.</para>
/// <para><b>Schema</b>: made by <see cref="CreateSchemaAsync"/> or <see cref="CreateMasterSchemaAsync"/> alone, never in passing. Two tables, one with the rows, one
/// that says which numbers this database hands out; that never changes.</para>
/// </remarks>
public sealed class SqlTicketStore : ITicketStore
{
    /// <summary>How many masters a set can have, unless another number is given when it is created.</summary>
    public const int DefaultMasters = 64;

    private const int MaxNameLength = 100;

    private readonly DbDataSource _dataSource;
    private readonly TicketSql _sql;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="table">The table, in the schema that connections use by default: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlTicketStore(DbDataSource dataSource, SqlDialect dialect, string table = "tickets")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (_dataSource, _sql) = (dataSource, new TicketSql(dialect, SqlName.Checked(table)));
    }

    /// <summary>Creates the tables, unless they are there, for a store that hands out 1, 2, 3 …</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT and UPDATE on the table of tickets and SELECT on the other, which has <c>_master</c> at its end.</remarks>
    /// <exception cref="InvalidOperationException">The tables are there, for other numbers.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default) =>
        CreateTablesAsync(new MultiMasterSequence(offset: 1, step: 1), cancellationToken);

    /// <summary>
    /// Creates the tables, unless they are there, for one of the masters of a <see cref="MultiMasterTicketStore"/>. It keeps its residue for good: a master
    /// that is set up anew takes one that none has had.
    /// </summary>
    /// <param name="residue">Which of the masters this is, 1 to <paramref name="masters"/>.</param>
    /// <param name="masters">How many masters there can ever be, 1 or more; the same for all of them, and fixed.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The tables are there, for another residue or number of masters.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateMasterSchemaAsync(int residue, int masters = DefaultMasters, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(masters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(residue, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(residue, masters);
        return CreateTablesAsync(new MultiMasterSequence(residue, masters), cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not 1 to 100 letters of ASCII, digits and the characters <c>. _ - : /</c>.</exception>
    /// <exception cref="InvalidOperationException">The numbers are exhausted, the schema was not created, or the database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
    {
        SqlName.CheckKey(name, MaxNameLength, nameof(name));
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(atLeast);
        return await SqlSession.WithAsync(_dataSource, async session =>
        {
            TicketBlock? block = await TryReserveAsync(session, name, count, atLeast).ConfigureAwait(false);
            if (block is null)
            {
                await session.ExecuteAsync(_sql.AddRow, ("@name", name)).ConfigureAwait(false);
                block = await TryReserveAsync(session, name, count, atLeast).ConfigureAwait(false);
            }

            return block ?? throw Exhausted(name);
        }, cancellationToken).ConfigureAwait(false);
    }

    // Null when the name has no row, or too few numbers are left in it.
    private async ValueTask<TicketBlock?> TryReserveAsync(SqlSession session, string name, int count, long atLeast)
    {
        SqlSession within = await _sql.Engine.BeginAsync(session).ConfigureAwait(false);
        await using (within.ConfigureAwait(false))
        {
            // Each time: a database that was set up anew has another residue, and a row that begins again.
            MultiMasterSequence sequence = await ReadSequenceAsync(within).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"The table of masters is empty: {nameof(CreateSchemaAsync)} did not finish.");
            (long floor, long last) = Bounds(sequence, name, count, atLeast);
            if (await _sql.AdvanceAsync(within, name, count, floor, last).ConfigureAwait(false) is not { } next)
            {
                return null;
            }

            await within.CommitAsync().ConfigureAwait(false);
            return new TicketBlock(sequence.Offset + ((next - count) * sequence.Step), sequence.Step, count);
        }
    }

    // In places of the sequence, which the rows count: from where at least, and up to where a block may begin.
    private static (long Floor, long Last) Bounds(MultiMasterSequence sequence, string name, int count, long atLeast)
    {
        long places = ((long.MaxValue - sequence.Offset) / sequence.Step) + 1;
        if (atLeast > long.MaxValue - sequence.Step || count > places)
        {
            throw Exhausted(name);
        }

        return ((sequence.AtLeast(atLeast) - sequence.Offset) / sequence.Step, places - count);
    }

    private async Task CreateTablesAsync(MultiMasterSequence sequence, CancellationToken cancellationToken) => await SqlSession.WithAsync(_dataSource, async session =>
    {
        await _sql.Engine.CreateTablesAsync(session, _sql.Tables).ConfigureAwait(false);
        MultiMasterSequence? kept = await ReadSequenceAsync(session).ConfigureAwait(false);
        if (kept is null)
        {
            await session.ExecuteAsync(_sql.SetMaster, ("@residue", sequence.Offset), ("@masters", sequence.Step)).ConfigureAwait(false);
            kept = await ReadSequenceAsync(session).ConfigureAwait(false); // another's, who was first
        }

        return kept == sequence
            ? sequence
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The tables are there for other numbers: residue {kept?.Offset} of {kept?.Step}, not {sequence.Offset} of {sequence.Step}. What a database hands out never changes."));
    }, cancellationToken).ConfigureAwait(false);

    private ValueTask<MultiMasterSequence?> ReadSequenceAsync(SqlSession session) =>
        session.QueryRowAsync(_sql.ReadMaster, static row => new MultiMasterSequence(row.GetInt64(0), row.GetInt64(1)));

    private static InvalidOperationException Exhausted(string name) => new($"The numbers of '{name}' are exhausted.");
}
