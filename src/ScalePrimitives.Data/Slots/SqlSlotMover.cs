using System.Collections.Concurrent;
using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>
/// Moves the rows of slots between two databases of one kind while they are written: it copies them in batches, copies again what triggers note as written meanwhile, compares both copies, and
/// gives the slots away by one change of the source's fence. For a <see cref="SlotMigration"/>. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Both databases have the same tables, with triggers that it installs at the first move and that stay: they refuse writes that the fence refuses, even of writers that do not ask it, and a row never
/// changes its slot. <c>TRUNCATE</c> fires none, and is not to be used on a table that moves. Other triggers of the tables are not fired by a mover on PostgreSQL; elsewhere they are, and a copy that
/// they changed is found out when both are compared.</para>
/// <para>Its transactions hold the row of the migration, so that a mover that was taken over can change nothing. On PostgreSQL a user that may set <c>session_replication_role</c> is needed for tables
/// with foreign keys. The durability of the databases is asked for as by <see cref="SqlTicketStore"/>.</para>
/// </remarks>
public sealed class SqlSlotMover : ISlotMover
{
    private readonly SqlSlotFence _fence;
    private readonly SlotEngine _engine;
    private readonly SlotTable[] _tables;
    private readonly Func<string, DbDataSource> _shards;
    private readonly SqlSlotMoverOptions _options;

    // Of each migration that was compared here: the keys written since. Whoever takes over has none, and compares anew.
    private readonly ConcurrentDictionary<(Guid Id, int Attempt), UnverifiedKeys> _unverified = new();

    /// <summary>Creates a mover. Opens nothing yet.</summary>
    /// <param name="fence">The fence of the shards.</param>
    /// <param name="tables">The tables whose rows move, at least one. Those with foreign keys to one another in any order.</param>
    /// <param name="shards">Gives the database of a shard by its id; the caller's to dispose.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="fence"/>, <paramref name="tables"/> or <paramref name="shards"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no table, or one twice.</exception>
    public SqlSlotMover(SqlSlotFence fence, IEnumerable<SlotTable> tables, Func<string, DbDataSource> shards, SqlSlotMoverOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fence);
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(shards);
        (_fence, _engine, _tables, _shards) = (fence, fence.Engine, [.. tables], shards);
        if (_tables.Length == 0 || _tables.DistinctBy(table => table.Name, StringComparer.OrdinalIgnoreCase).Count() != _tables.Length)
        {
            throw new ArgumentException("tables must have a table at least, and each once.", nameof(tables));
        }

        options ??= new SqlSlotMoverOptions();
        _options = new SqlSlotMoverOptions
        {
            BatchRows = options.BatchRows,
            RowsPerSecond = options.RowsPerSecond,
            FreezeLimit = options.FreezeLimit,
            LockTimeout = options.LockTimeout,
            TimeProvider = options.TimeProvider,
        };
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The source's fences are not those of this migration.</exception>
    /// <exception cref="DbException">A database refused, or cannot be reached.</exception>
    public async ValueTask<SlotMigrationState> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migration);
        SlotTransfer transfer = await OpenAsync(migration, null, cancellationToken).ConfigureAwait(false);
        await using (transfer.ConfigureAwait(false))
        {
            return await transfer.TakeOverAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A table cannot move, for the reason that the message gives; a shard does not have the slots as the migration needs them; or the copies differ.</exception>
    /// <exception cref="DbException">A database refused, or cannot be reached.</exception>
    public async ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migration);
        SlotTransfer transfer = await OpenAsync(migration, progress, cancellationToken).ConfigureAwait(false);
        await using (transfer.ConfigureAwait(false))
        {
            return migration.State switch
            {
                SlotMigrationState.Preparing => await transfer.PrepareAsync().ConfigureAwait(false),
                SlotMigrationState.Copying => await transfer.CopyAsync().ConfigureAwait(false),
                SlotMigrationState.CatchingUp => await transfer.CatchUpAsync().ConfigureAwait(false),
                SlotMigrationState.Verifying => await transfer.VerifyAsync(_unverified[(migration.Id, migration.Attempt)] = new UnverifiedKeys()).ConfigureAwait(false),
                SlotMigrationState.Frozen => _unverified.TryRemove((migration.Id, migration.Attempt), out UnverifiedKeys? keys) ? await transfer.CutOverAsync(keys).ConfigureAwait(false) : SlotMigrationState.CatchingUp,
                SlotMigrationState.Published => await transfer.RetireAsync().ConfigureAwait(false),
                SlotMigrationState.Cancelling => await transfer.CancelAsync().ConfigureAwait(false),
                _ => throw new ArgumentException($"migration is {migration.State}, in which a mover has nothing to do.", nameof(migration)),
            };
        }
    }

    private async ValueTask<SlotTransfer> OpenAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        SlotSide source = await SlotSide.OpenAsync(_shards(migration.Move.From), _engine, _options.LockTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            SlotSide target = await SlotSide.OpenAsync(_shards(migration.Move.To), _engine, _options.LockTimeout, cancellationToken).ConfigureAwait(false);
            return new SlotTransfer(_engine, _fence.Table, _tables, _options, migration, progress, source, target);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
