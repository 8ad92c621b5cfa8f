using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Data;

/// <summary>Gives replicas their epochs out of a table: the tickets of a <see cref="SqlTicketStore"/> of its own, one row a replica. As durable as that. Thread-safe.</summary>
public sealed class SqlActorEpochStore : IActorEpochStore
{
    private readonly SqlTicketStore _epochs;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlActorEpochStore(DbDataSource dataSource, SqlDialect dialect, string table = "actor_epochs") => _epochs = new SqlTicketStore(dataSource, dialect, table);

    /// <summary>Creates the tables, unless they are there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT and UPDATE on the table of epochs and SELECT on the other, which has <c>_master</c> at its end.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default) => _epochs.CreateSchemaAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="OverflowException">The replica has had all 4,294,967,295 epochs.</exception>
    /// <exception cref="InvalidOperationException">The schema was not created, or the database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<uint> TakeEpochAsync(uint replica, CancellationToken cancellationToken = default) =>
        checked((uint)(await _epochs.ReserveAsync(replica.ToString(CultureInfo.InvariantCulture), 1, cancellationToken: cancellationToken).ConfigureAwait(false)).First);
}
