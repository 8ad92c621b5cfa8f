using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Keeps the records of migrations in a table, one row each, replaced by compare-and-swap on the revision. On disk before the call returns. Thread-safe; any number of coordinators.</summary>
public sealed class SqlSlotMigrationStore : ISlotMigrationStore
{
    private const string Columns = "id, map_id, from_shard, to_shard, slots, epoch, state, attempt, revision";

    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _table;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose. It need not be a shard.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="table">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlSlotMigrationStore(DbDataSource dataSource, SqlDialect dialect, string table = "slot_migrations")
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (_dataSource, _engine, _table) = (dataSource, SqlEngine.For(dialect), SqlName.Checked(table));
    }

    /// <summary>Creates the table, unless it is there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT and UPDATE on the table.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"VARCHAR({SqlName.MaxIdLength}) NOT NULL");
        return _engine.CreateTablesAsync(
            _dataSource,
            cancellationToken,
            (_table, $"id VARCHAR(36) NOT NULL PRIMARY KEY, map_id {id}, from_shard {id}, to_shard {id}, slots {_engine.LongTextType} NOT NULL, epoch BIGINT NOT NULL, state VARCHAR(20) NOT NULL, attempt INT NOT NULL, revision BIGINT NOT NULL"));
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no record.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<SlotMigrationRecord?> ReadAsync(Guid id, CancellationToken cancellationToken = default) =>
        await SqlSession.WithAsync(_dataSource, session => session.QueryRowAsync($"SELECT {Columns} FROM {_table} WHERE id = @id", Read, ("@id", id.ToString())), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">What the table holds is no record.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<ImmutableArray<SlotMigrationRecord>> ListUnfinishedAsync(CancellationToken cancellationToken = default) => await SqlSession.WithAsync(_dataSource, async session =>
        (await session.QueryRowsAsync($"SELECT {Columns} FROM {_table} WHERE state NOT IN ('{SlotMigrationState.Retired}', '{SlotMigrationState.Cancelled}') ORDER BY id", Read).ConfigureAwait(false)).ToImmutableArray(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An id of <paramref name="migration"/> is longer than 1,024 bytes of UTF-8, or has NUL or half a surrogate pair in it.</exception>
    /// <exception cref="InvalidOperationException">The database would not keep what it commits.</exception>
    /// <exception cref="DbException">The database refused, cannot be reached, or has no schema.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask<bool> TryWriteAsync(SlotMigrationRecord migration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(migration);
        foreach (string id in (string[])[migration.MapId, migration.Move.From, migration.Move.To])
        {
            ShardName.Check(id, nameof(migration));
        }

        return await SqlSession.WithAsync(_dataSource, async session =>
        {
            SqlSession within = await _engine.BeginAsync(session).ConfigureAwait(false);
            await using (within.ConfigureAwait(false))
            {
                (string, object?)[] row =
                [
                    ("@id", migration.Id.ToString()), ("@map", migration.MapId), ("@from", migration.Move.From), ("@to", migration.Move.To), ("@slots", string.Join(',', migration.Move.Slots)),
                    ("@epoch", migration.Epoch), ("@state", migration.State.ToString()), ("@attempt", migration.Attempt), ("@revision", migration.Revision),
                ];
                bool written = migration.Revision == 1
                    ? await _engine.TryAddAsync(within, _table, Columns, row).ConfigureAwait(false)
                    : await within.ExecuteAsync($"UPDATE {_table} SET state = @state, attempt = @attempt, revision = @revision WHERE id = @id AND revision = @revision - 1", row).ConfigureAwait(false) == 1;
                await within.CommitAsync().ConfigureAwait(false);
                return written;
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private SlotMigrationRecord Read(DbDataReader row)
    {
        try
        {
            var move = new SlotMove([.. row.GetString(4).Split(',').Select(slot => int.Parse(slot, NumberStyles.None, CultureInfo.InvariantCulture))], row.GetString(2), row.GetString(3));
            return new SlotMigrationRecord(Guid.Parse(Convert.ToString(row.GetValue(0), CultureInfo.InvariantCulture)!), row.GetString(1), move, row.GetInt64(5), Enum.Parse<SlotMigrationState>(row.GetString(6)), row.GetInt32(7), row.GetInt64(8));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException or InvalidCastException)
        {
            throw new InvalidDataException($"A row of {_table} holds no migration: {exception.Message}", exception);
        }
    }
}
