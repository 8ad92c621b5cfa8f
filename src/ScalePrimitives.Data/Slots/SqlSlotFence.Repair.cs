using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// After a restore or a failover: fences by the map, and a map by the fences.
public sealed partial class SqlSlotFence
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    /// <summary>Compares a shard's fences with the map. Slots that the map marks as moving are left out: their migration knows better.</summary>
    /// <param name="shard">The shard's database.</param>
    /// <param name="map">The newest map.</param>
    /// <param name="shardId">The shard's id in the map.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What differs, by slot; nothing when all is well.</returns>
    /// <remarks>A service that does so as it starts finds out that a shard came out of a backup. One query.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The map has no such shard.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async Task<IReadOnlyList<SlotFenceFinding>> CompareAsync(DbDataSource shard, ShardMap map, string shardId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(map);
        _ = map.GetSlots(shardId);
        DbConnection connection = await SqlSession.ConnectAsync(shard, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await CompareAsync(new SqlSession(connection, cancellationToken), map, shardId, acquire: false).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sets a shard's fences by the map, after the shard was restored from a backup or replaced by a standby that may have been behind: it refuses from then on what the map gives to others. What the map gives to
    /// this shard but its fences do not hold stays refused, since its rows may be lost, until someone who knows says otherwise: <paramref name="acquire"/>.
    /// </summary>
    /// <param name="shard">The shard's database.</param>
    /// <param name="map">The newest map. If that has gone back too, make it anew first: <see cref="RebuildMapAsync"/>.</param>
    /// <param name="shardId">The shard's id in the map.</param>
    /// <param name="acquire">Whether the shard accepts all that the map gives to it, whatever rows it has.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What differed, by slot. With <paramref name="acquire"/> all of it is mended. Without it <see cref="SlotFenceProblem.RefusesOwn"/> and missing ones of the shard's own still refuse, and those
    /// that are <see cref="SlotFenceProblem.Claimed"/> stay so: cancel their migrations.</returns>
    /// <remarks>Finish or cancel migrations first; slots that the map marks as moving are left as they are. Rows of slots that the shard refuses stay, unread, until the slot comes back: a move empties it first.
    /// Writers that are within hold it up for as long as their transactions last. May be called again.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The map has no such shard.</exception>
    /// <exception cref="InvalidOperationException">The map is older than the fences, or a migration changes them. Nothing has changed.</exception>
    /// <exception cref="TimeoutException">The fences are repaired, but writers that entered before are still within.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async Task<IReadOnlyList<SlotFenceFinding>> RepairAsync(DbDataSource shard, ShardMap map, string shardId, bool acquire = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(map);
        _ = map.GetSlots(shardId);
        DbConnection connection = await SqlSession.ConnectAsync(shard, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            SqlSession within = await Engine.Sql.BeginAsync(new SqlSession(connection, cancellationToken), Engine.Isolation).ConfigureAwait(false);
            await using (within.ConfigureAwait(false))
            {
                Dictionary<int, FenceRow> rows = await RowsAsync(within).ConfigureAwait(false);
                IReadOnlyList<SlotFenceFinding> findings = Compare(rows, map, shardId, acquire);
                if (findings.FirstOrDefault(finding => finding.Kind == SlotFenceProblem.NewerEpoch) is { } newer)
                {
                    throw new InvalidOperationException($"The map is older than the shard's fences: {newer}. Make it anew first, by {nameof(RebuildMapAsync)}.");
                }

                foreach (SlotFenceFinding finding in findings)
                {
                    await RepairAsync(within, map, finding, rows.GetValueOrDefault(finding.Slot), acquire).ConfigureAwait(false);
                }

                await within.CommitAsync().ConfigureAwait(false);
                await DrainAsync(new SqlSession(connection, cancellationToken), [.. findings.Select(finding => finding.Slot)]).ConfigureAwait(false);
                return findings;
            }
        }
    }

    /// <summary>Makes the map anew out of what the shards' fences tell, when its store was lost or restored: each slot is on the shard that got it last.</summary>
    /// <param name="last">The newest map that is left, for its names, its number of slots and the slots of shards that are not given; or a new map of the same.</param>
    /// <param name="shards">The databases of the shards, by their ids.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A map of a higher version than <paramref name="last"/> and than any epoch, for <see cref="IShardMapStore.TryReplaceAsync"/>. Slots are stable: mark none whose migration is unfinished, but resume it.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">Two shards hold a slot with one epoch, or none of those given does and <paramref name="last"/> says that one of them should.</exception>
    /// <exception cref="DbException">A database refused, or cannot be reached.</exception>
    public async Task<ShardMap> RebuildMapAsync(ShardMap last, IReadOnlyDictionary<string, DbDataSource> shards, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(last);
        ArgumentNullException.ThrowIfNull(shards);
        var fences = new Dictionary<string, Dictionary<int, FenceRow>>(StringComparer.Ordinal);
        foreach ((string id, DbDataSource shard) in shards)
        {
            DbConnection connection = await SqlSession.ConnectAsync(shard, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                fences.Add(id, await RowsAsync(new SqlSession(connection, cancellationToken)).ConfigureAwait(false));
            }
        }

        return last.Rebuilt([.. Enumerable.Range(0, last.SlotCount).Select(slot => FindPlace(last, fences, slot))]);
    }

    // Where a writer's lock is not that of the row, who entered before is waited for here.
    private async ValueTask DrainAsync(SqlSession session, int[] slots)
    {
        long began = TimeProvider.System.GetTimestamp();
        if (!await SlotEngine.TryDrainAsync(
            isAgain => Engine.HoldersAsync(session, Table, slots, isAgain), () => TimeProvider.System.GetElapsedTime(began) > DrainLimit).ConfigureAwait(false))
        {
            throw new TimeoutException(
                $"The fences are repaired, but transactions that entered before are still open after {DrainLimit}: end them, for they may write what the map gives to others.");
        }
    }

    private static (string ShardId, long Epoch) FindPlace(ShardMap last, Dictionary<string, Dictionary<int, FenceRow>> fences, int slot)
    {
        List<(string ShardId, long Epoch)> holders = [];
        foreach ((string id, Dictionary<int, FenceRow> rows) in fences)
        {
            if (!rows.TryGetValue(slot, out FenceRow row))
            {
                continue;
            }

            if (row.State is FenceState.Owned or FenceState.Copying or FenceState.Frozen)
            {
                holders.Add((id, row.Epoch));
            }
            else if (row is { State: FenceState.Moved or FenceState.Retired, Peer: { } peer })
            {
                // What was given away is the peer's: one that is not asked here, or has not been told yet that the slot is its own.
                bool isAsked = fences.TryGetValue(peer, out Dictionary<int, FenceRow>? there);
                if (!isAsked || (row.State == FenceState.Moved && there!.TryGetValue(slot, out FenceRow target) && target.State == FenceState.Ready))
                {
                    holders.Add((peer, row.Epoch));
                }
            }
        }

        string lastOwner = last.GetShardId(slot);
        bool isTold = fences.TryGetValue(lastOwner, out Dictionary<int, FenceRow>? lastRows);
        if (!isTold || (lastRows!.TryGetValue(slot, out FenceRow known) && known.State == FenceState.Ready && known.Epoch < last.GetEpoch(slot)))
        {
            holders.Add((lastOwner, last.GetEpoch(slot)));
        }

        holders = [.. holders.Distinct()];
        if (holders.Count == 0)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"No shard holds slot {slot}, and '{lastOwner}' should: if its rows are there, let it acquire the slot ({nameof(RepairAsync)} with the last map)."));
        }

        (string ShardId, long Epoch)[] newest = [.. holders.Where(holder => holder.Epoch == holders.Max(each => each.Epoch))];
        return newest.Length == 1 ? newest[0] : throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture, $"The shards {string.Join(" and ", newest.Select(each => $"'{each.ShardId}'"))} both hold slot {slot} with epoch {newest[0].Epoch}: only someone who knows their rows can say which is right."));
    }

    private async ValueTask<Dictionary<int, FenceRow>> RowsAsync(SqlSession session)
    {
        List<(int Slot, FenceRow Row)> rows = await MissingTableException.GuardAsync(() => session.QueryRowsAsync(
            $"SELECT slot, state, epoch, peer, move_id FROM {Table}",
            static row => (row.GetInt32(0), new FenceRow((FenceState)row.GetInt32(1), row.GetInt64(2), Text(row, 3), Text(row, 4), false)))).ConfigureAwait(false);
        return rows.ToDictionary(each => each.Slot, each => each.Row);

        static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
    }

    private async ValueTask<IReadOnlyList<SlotFenceFinding>> CompareAsync(SqlSession session, ShardMap map, string shardId, bool acquire) =>
        Compare(await RowsAsync(session).ConfigureAwait(false), map, shardId, acquire);

    private static List<SlotFenceFinding> Compare(Dictionary<int, FenceRow> rows, ShardMap map, string shardId, bool acquire)
    {
        List<SlotFenceFinding> findings = [];
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            if (map.GetState(slot) == SlotState.Stable)
            {
                FenceRow? row = rows.TryGetValue(slot, out FenceRow found) ? found : null;
                if (Compare(row, map.GetShardId(slot), map.GetEpoch(slot), shardId, acquire) is var (kind, problem))
                {
                    findings.Add(new SlotFenceFinding(shardId, slot, kind, problem));
                }
            }
        }

        return findings;
    }

    private static (SlotFenceProblem Kind, string Problem)? Compare(FenceRow? row, string owner, long epoch, string shardId, bool acquire)
    {
        string should = string.Create(CultureInfo.InvariantCulture, $"the map gives it to '{owner}' with epoch {epoch}");
        if (row is not { } fence)
        {
            return (SlotFenceProblem.Missing, $"it has no fence, and {should}");
        }

        string says = string.Create(CultureInfo.InvariantCulture, $"its fence is {fence.State} with epoch {fence.Epoch}, and {should}");
        bool accepts = fence.State is FenceState.Owned or FenceState.Copying or FenceState.Frozen;
        if (owner != shardId)
        {
            // A published claim is right, unless nobody knows of its move any more.
            bool isClaimed = fence.State is FenceState.Importing or FenceState.Ready
                || (fence.State == FenceState.Moved && acquire);
            return accepts
                ? (fence.Epoch <= epoch ? SlotFenceProblem.AcceptsForeign : SlotFenceProblem.NewerEpoch, says)
                : isClaimed ? (SlotFenceProblem.Claimed, says) : null;
        }

        return fence.State switch
        {
            FenceState.Ready when fence.Epoch < epoch => acquire ? (SlotFenceProblem.Claimed, says) : null, // published, and about to be told, unless the source is lost
            FenceState.Owned or FenceState.Copying or FenceState.Frozen when fence.Epoch != epoch =>
                (fence.Epoch < epoch ? SlotFenceProblem.OlderEpoch : SlotFenceProblem.NewerEpoch, says),
            FenceState.Owned when fence.MoveId is null => null,
            FenceState.Owned or FenceState.Copying or FenceState.Frozen => (SlotFenceProblem.Claimed, says),
            _ => (fence.Epoch <= epoch ? SlotFenceProblem.RefusesOwn : SlotFenceProblem.NewerEpoch, says), // it has given the slot away since
        };
    }

    private async ValueTask RepairAsync(SqlSession within, ShardMap map, SlotFenceFinding finding, FenceRow seen, bool acquire)
    {
        bool isOwn = map.GetShardId(finding.Slot) == finding.ShardId;
        if (finding.Kind is SlotFenceProblem.RefusesOwn or SlotFenceProblem.Claimed && !acquire)
        {
            return; // a claim may be that of a move that has just begun, which the map does not tell of yet
        }

        // One that is missing and may be lost refuses, and names this shard itself: nobody else has it.
        bool accepts = isOwn && (acquire || finding.Kind != SlotFenceProblem.Missing);
        (string, object?)[] parameters =
        [
            ("@peer", accepts ? null : map.GetShardId(finding.Slot)),
            ("@epoch", map.GetEpoch(finding.Slot)),
            ("@slot", finding.Slot),
            ("@state", (int)(accepts ? FenceState.Owned : FenceState.Retired)),
        ];
        if (finding.Kind == SlotFenceProblem.Missing)
        {
            await within.ExecuteAsync(Engine.Sql.AddUnlessThere(Table, "slot, state, epoch, peer", "@slot, @state, @epoch, @peer"), parameters).ConfigureAwait(false);
            return;
        }

        // Only what was seen: a move may have begun, or have gone on, since.
        string isSeen = $"state = {(int)seen.State} AND epoch = {seen.Epoch.ToString(CultureInfo.InvariantCulture)} AND {(seen.MoveId is null ? "move_id IS NULL" : "move_id = @move")}";
        await within.ExecuteAsync(
            $"{Engine.Update(Table)} SET state = @state, epoch = @epoch, peer = @peer, move_id = NULL WHERE slot = @slot AND {isSeen}",
            seen.MoveId is null ? parameters : [.. parameters, ("@move", seen.MoveId)]).ConfigureAwait(false);
        object? repaired = await within.QueryAsync(
            $"SELECT COUNT(*) FROM {Table} WHERE slot = @slot AND state = @state AND epoch = @epoch AND move_id IS NULL", parameters[1..]).ConfigureAwait(false);
        if (Convert.ToInt32(repaired, CultureInfo.InvariantCulture) != 1)
        {
            throw new InvalidOperationException($"The fence of slot {finding.Slot} on '{finding.ShardId}' has changed since it was read: a migration is at work. Finish or cancel it, and repair again.");
        }
    }
}
