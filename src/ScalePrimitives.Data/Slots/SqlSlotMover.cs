using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data.Common;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>
/// Moves the rows of slots between two databases of one kind while they are written: it copies them in batches, copies again what triggers note as written meanwhile, compares both copies, and
/// gives the slots away by one change of the source's fence. For a <see cref="SlotMigration"/>. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Both databases have the same tables, with triggers that it installs at the first move and that stay, until <see cref="UninstallAsync"/>: they refuse writes that the fence refuses, even of writers that do not
/// ask it, and a row never changes its slot. They run with the rights of the mover's user, so that writers need none on fences and logs. <c>TRUNCATE</c> is refused on PostgreSQL while a slot of the shard moves; on MySQL
/// and MariaDB it fires no triggers, and is not to be used then.</para>
/// <para>Its transactions hold the row of the migration, so that a mover that was taken over can change nothing. What it sets on a connection lasts for a transaction on PostgreSQL, and is set back elsewhere.
/// <see cref="CheckAsync"/> says which privileges it needs. The durability of the databases is asked for as by <see cref="SqlTicketStore"/>.</para>
/// </remarks>
public sealed class SqlSlotMover : ISlotMover
{
    private readonly SqlSlotFence _fence;
    private readonly SlotEngine _engine;
    private readonly SlotTable[] _tables;
    private readonly Func<string, DbDataSource> _shards;
    private readonly SqlSlotMoverOptions _options;

    // Of each migration that was compared here. Whoever takes over has another attempt, and compares anew.
    private readonly ConcurrentDictionary<(Guid Id, int Attempt), Handover> _handovers = new();

    /// <summary>Creates a mover. Opens nothing yet.</summary>
    /// <param name="fence">The fence of the shards.</param>
    /// <param name="tables">The tables whose rows move, at least one. Those with foreign keys to one another in any order.</param>
    /// <param name="shards">Gives the database of a shard by its id; the caller's to dispose.</param>
    /// <param name="options">The options, which are copied; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="fence"/>, <paramref name="tables"/> or <paramref name="shards"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no table, or one twice, or one is named with a schema on SQLite.</exception>
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

        foreach (SlotTable table in _tables)
        {
            _engine.CheckName(table.Parts, nameof(tables));
        }

        _options = (options ?? new SqlSlotMoverOptions()).Copy();
    }

    /// <inheritdoc/>
    /// <remarks>Privileges with the grants to give, keys, generated columns, collations, checks, row security, triggers, foreign keys, sequences, fences, packets and settings are looked at on every shard of the moves. A shard that
    /// cannot be reached is a finding too. Rows and bytes are estimated from the database's statistics, the duration from reading one batch.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="moves"/> is null.</exception>
    public async ValueTask<SlotMoveReport> CheckAsync(IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(moves);
        List<SlotMoveFinding> findings = [];
        (long rows, long bytes, TimeSpan duration) = (0, 0, TimeSpan.Zero);
        foreach (SlotMove move in moves)
        {
            SlotSide? source = await TryOpenAsync(move.From, findings, cancellationToken).ConfigureAwait(false);
            await using ((source ?? (IAsyncDisposable)NoSide.Instance).ConfigureAwait(false))
            {
                SlotSide? target = await TryOpenAsync(move.To, findings, cancellationToken).ConfigureAwait(false);
                await using ((target ?? (IAsyncDisposable)NoSide.Instance).ConfigureAwait(false))
                {
                    if (source is null || target is null)
                    {
                        continue;
                    }

                    try
                    {
                        (long moreRows, long moreBytes, TimeSpan longer) = await CheckMoveAsync(source, target, move, findings).ConfigureAwait(false);
                        (rows, bytes, duration) = (rows + moreRows, bytes + moreBytes, duration + longer);
                    }
                    catch (DbException exception) when (!exception.IsTransient)
                    {
                        findings.Add(new SlotMoveFinding(
                            move.From,
                            null,
                            $"here or on '{move.To}' the mover's user may not read what it has to: {exception.Message.TrimEnd('.')}",
                            "Grant what the message names, on PostgreSQL USAGE on its schema too, and check again.",
                            PreventsMove: true));
                    }
                }
            }
        }

        foreach (IGrouping<int, SlotMove> twice in moves.SelectMany(move => move.Slots.Select(slot => (Slot: slot, Move: move))).GroupBy(each => each.Slot, each => each.Move).Where(group => group.Count() > 1).Take(1))
        {
            findings.Add(new SlotMoveFinding(twice.First().From, null, $"slot {twice.Key} is in two of the moves", "Leave it in one of them.", PreventsMove: true));
        }

        return new SlotMoveReport([.. findings.Distinct()], rows, bytes, duration);
    }

    private async ValueTask<(long Rows, long Bytes, TimeSpan Duration)> CheckMoveAsync(SlotSide source, SlotSide target, SlotMove move, List<SlotMoveFinding> findings)
    {
        var inspection = new SlotInspection(_engine, _fence.Table, _tables);
        List<SlotMoveFinding> fences = [.. await inspection.CheckFencesAsync(source, move, FenceState.Owned).ConfigureAwait(false), .. await inspection.CheckFencesAsync(target, move, FenceState.Retired).ConfigureAwait(false)];
        findings.AddRange(fences);
        if (fences.Any(finding => finding.Problem.StartsWith("there is no table", StringComparison.Ordinal)))
        {
            return default;
        }

        List<SlotMoveFinding> tables = await inspection.CompareAsync(source, target).ConfigureAwait(false);
        tables = tables.Exists(finding => finding.PreventsMove) ? tables : [.. tables, .. await inspection.CheckReferencesAsync(source, target, move).ConfigureAwait(false)];
        findings.AddRange(tables);
        if (!tables.Exists(finding => finding.PreventsMove))
        {
            findings.AddRange(await inspection.FindRowsAsync(target, move).ConfigureAwait(false));
        }

        return tables.Any(finding => finding.PreventsMove) ? default : await inspection.EstimateAsync(source, move.Slots, _options.RowsPerSecond).ConfigureAwait(false);
    }

    /// <summary>Installs the triggers and logs of the tables on a shard, or replaces those of an older release or another key. The first move does so too: this is for whoever wants it to happen at a quiet time.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="InvalidOperationException">A table cannot move, or the log has notes of a running move under another key.</exception>
    /// <exception cref="TimeoutException">Transactions hold a table for longer than <see cref="SqlSlotMoverOptions.LockTimeout"/>. Try again.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async Task InstallAsync(string shardId, CancellationToken cancellationToken = default)
    {
        SlotSide side = await OpenAsync(shardId, cancellationToken).ConfigureAwait(false);
        await using (side.ConfigureAwait(false))
        {
            foreach (SlotTable table in _tables)
            {
                (TableShape? shape, string? problem) = await side.ReadAsync(session => _engine.DescribeAsync(session, table)).ConfigureAwait(false);
                if (!await _engine.InstallAsync(side, _fence.Table, shape ?? throw new InvalidOperationException($"On '{shardId}' the table {table.Name} cannot move: {problem}."), _options.TriggerDefiner).ConfigureAwait(false))
                {
                    throw new TimeoutException($"Transactions hold the table {table.Name} on '{shardId}' for longer than {nameof(SqlSlotMoverOptions.LockTimeout)}, {_options.LockTimeout}: try again.");
                }
            }
        }
    }

    /// <summary>Takes the triggers and logs of the tables away on a shard: before their key or slot column is changed, or when no slot will move for long. The next move installs them again. Until then
    /// writers that do not ask the fence are not refused.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="InvalidOperationException">A slot of the shard is moving.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async Task UninstallAsync(string shardId, CancellationToken cancellationToken = default)
    {
        SlotSide side = await OpenAsync(shardId, cancellationToken).ConfigureAwait(false);
        await using (side.ConfigureAwait(false))
        {
            foreach (SlotTable table in _tables)
            {
                await _engine.UninstallAsync(side, _fence.Table, table).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The source's fences are not those of this migration.</exception>
    /// <exception cref="DbException">A database refused, or cannot be reached.</exception>
    public async ValueTask<SlotTakeover> TakeOverAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migration);
        SlotTransfer transfer = Transfer(migration, null, cancellationToken);
        await using (transfer.ConfigureAwait(false))
        {
            return await transfer.TakeOverAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The source refused, or cannot be reached.</exception>
    public async ValueTask<ImmutableArray<int>> GetMovedAsync(SlotMigrationRecord migration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migration);
        SlotTransfer transfer = Transfer(migration, null, cancellationToken);
        await using (transfer.ConfigureAwait(false))
        {
            await transfer.OpenSourceAsync().ConfigureAwait(false);
            return [.. await transfer.MovedAsync().ConfigureAwait(false)];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A table cannot move, for the reason that the message gives; a shard does not have the slots as the migration needs them;
    /// the copies differ; or a migration that is cancelled has freed the source, and not the target.</exception>
    /// <exception cref="DbException">A database refused, or cannot be reached.</exception>
    public async ValueTask<SlotMigrationState> AdvanceAsync(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(migration);
        (Guid, int) key = (migration.Id, migration.Attempt);
        SlotTransfer transfer = Transfer(migration, progress, cancellationToken);
        await using (transfer.ConfigureAwait(false))
        {
            try
            {
                SlotMigrationState next = await AdvanceAsync(transfer, migration.State, key).ConfigureAwait(false);
                if (next == SlotMigrationState.Moved)
                {
                    _handovers.TryRemove(key, out _);
                }

                return next;
            }
            catch (Exception exception) when (IsLock(exception))
            {
                _handovers.TryRemove(key, out _);
                return migration.State == SlotMigrationState.Frozen ? SlotMigrationState.CatchingUp : migration.State;
            }
            catch
            {
                _handovers.TryRemove(key, out _); // it may have missed something
                throw;
            }
        }
    }

    // Waited for too long, or given up for another: what was begun is done again. (Of MySQL's numbers a driver gives only the general state.)
    internal static bool IsLock(Exception exception) => exception is DbException { IsTransient: true, SqlState: "55P03" or "40P01" or "40001" or "HY000" };

    private async ValueTask<SlotMigrationState> AdvanceAsync(SlotTransfer transfer, SlotMigrationState state, (Guid Id, int Attempt) key)
    {
        if (state == SlotMigrationState.Published)
        {
            return await transfer.RetireAsync().ConfigureAwait(false);
        }

        await transfer.OpenSourceAsync().ConfigureAwait(false);
        if (state == SlotMigrationState.Cancelling)
        {
            return await transfer.CancelAsync().ConfigureAwait(false);
        }

        await transfer.OpenTargetAsync().ConfigureAwait(false);
        return state switch
        {
            SlotMigrationState.Preparing => await transfer.PrepareAsync().ConfigureAwait(false),
            SlotMigrationState.Copying => await transfer.CopyAsync().ConfigureAwait(false),
            SlotMigrationState.CatchingUp => await transfer.CatchUpAsync(_handovers.GetValueOrDefault(key)).ConfigureAwait(false),
            SlotMigrationState.Verifying => await transfer.VerifyAsync(_handovers.GetOrAdd(key, static _ => new Handover())).ConfigureAwait(false),
            SlotMigrationState.Frozen => _handovers.TryGetValue(key, out Handover? compared) ? await transfer.CutOverAsync(compared).ConfigureAwait(false) : SlotMigrationState.CatchingUp,
            SlotMigrationState.HandingOver => await transfer.CutOverAsync(_handovers.GetOrAdd(key, static _ => new Handover())).ConfigureAwait(false),
            _ => throw new ArgumentException($"migration is {state}, in which a mover has nothing to do.", nameof(state)),
        };
    }

    private SlotTransfer Transfer(SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken) =>
        new(_engine, _fence.Table, _tables, _options, migration, progress, shardId => OpenAsync(shardId, cancellationToken));

    private ValueTask<SlotSide> OpenAsync(string shardId, CancellationToken cancellationToken) => SlotSide.OpenAsync(shardId, _shards(shardId), _engine, _options.LockTimeout, cancellationToken);

    private async ValueTask<SlotSide?> TryOpenAsync(string shardId, List<SlotMoveFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(shardId, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A resolver may throw anything; what it throws is what was found.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            findings.Add(new SlotMoveFinding(shardId, null, $"no connection is to be had: {exception.Message.TrimEnd('.')}", "See that the shard runs, that the mover knows its database, and that it may connect.", PreventsMove: true));
            return null;
        }
    }

    private sealed class NoSide : IAsyncDisposable
    {
        public static readonly NoSide Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
