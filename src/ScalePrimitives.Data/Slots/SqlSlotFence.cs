using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>
/// Says on each shard which slots it may write and read, so that a router with an old map cannot write to, or read from, the wrong shard: a row a slot in each database. A writer's check is a lock
/// that it holds until its commit, so that slots change hands between writes and never during one. Thread-safe; holds no connection.
/// </summary>
public sealed partial class SqlSlotFence
{
    private const int SlotsAtOnce = 500;

    /// <summary>Creates a fence.</summary>
    /// <param name="dialect">Which databases the shards are.</param>
    /// <param name="table">The table of the fences on each shard: 1 to 50 letters of ASCII, digits and underscores, not a digit first; in the schema that connections use by default, or in the one whose name stands
    /// before it and a dot (SQLite has no schemas). Another, with <c>_moves</c> at its end, has the movers.</param>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name, or has a schema on SQLite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlSlotFence(SqlDialect dialect, string table = "slot_fences")
    {
        Engine = SlotEngine.For(dialect);
        Table = Engine.CheckName(SqlTableName.Parse(table, nameof(table)), nameof(table)).ToString();
    }

    internal string Table { get; }

    internal SlotEngine Engine { get; }

    /// <summary>Creates the tables of a shard, unless they are there, and a row for each slot that has none: the shard has the slots that the map says it holds, and refuses the others.</summary>
    /// <param name="shard">The shard's database.</param>
    /// <param name="map">The map. For a shard that is there already it changes nothing: from the first call on the fences know better.</param>
    /// <param name="shardId">The shard's id in the map.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The map has no such shard.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    public async Task CreateSchemaAsync(DbDataSource shard, ShardMap map, string shardId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(map);
        HashSet<int> own = [.. map.GetSlots(shardId)];
        DbConnection connection = await SqlSession.ConnectAsync(shard, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var session = new SqlSession(connection, cancellationToken);
            await Engine.Sql.CreateTablesAsync(
                session,
                (Table, "slot INT NOT NULL PRIMARY KEY, state SMALLINT NOT NULL, epoch BIGINT NOT NULL, peer VARCHAR(1024), move_id VARCHAR(36), "
                    + "until_us BIGINT NOT NULL DEFAULT 0"),
                ($"{Table}_moves", "move_id VARCHAR(36) NOT NULL PRIMARY KEY, attempt INT NOT NULL, mover SMALLINT NOT NULL DEFAULT 0")).ConfigureAwait(false);
            SqlSession within = await Engine.Sql.BeginAsync(session).ConfigureAwait(false);
            await using (within.ConfigureAwait(false))
            {
                HashSet<int> there = [.. await within.QueryRowsAsync($"SELECT slot FROM {Table}", static row => row.GetInt32(0)).ConfigureAwait(false)];
                foreach (int[] slots in Enumerable.Range(0, map.SlotCount).Where(slot => !there.Contains(slot)).Chunk(SlotsAtOnce))
                {
                    await AddAsync(within, map, own, slots).ConfigureAwait(false);
                }

                await within.CommitAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Checks that the slot may be written on this shard, and keeps it so until the transaction ends. The first thing that a transaction that writes does, inside
    /// <c>ShardRouter.ExecuteAsync</c>.</summary>
    /// <param name="transaction">The transaction, of any isolation.</param>
    /// <param name="slot">The slot of the route.</param>
    /// <param name="epoch">The epoch of the route.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When the slot is held.</returns>
    /// <remarks>One round trip. It waits while a mover changes the fence, a moment.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="transaction"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The shard knows no such slot: <see cref="CreateSchemaAsync"/> was not called for it.</exception>
    /// <exception cref="SlotFrozenException">The slot is about to move. Roll back, and try again in a moment.</exception>
    /// <exception cref="StaleShardMapException">The slot is on another shard. Roll back, and go there.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async ValueTask EnterAsync(DbTransaction transaction, int slot, long epoch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var session = new SqlSession(transaction.Connection!, cancellationToken, transaction);
        FenceRow row = await Engine.EnterAsync(session, Table, slot, transaction.IsolationLevel).ConfigureAwait(false) ?? throw Unknown(slot);
        if (row.State == FenceState.Frozen)
        {
            if (!row.IsOver)
            {
                throw new SlotFrozenException(slot);
            }

            await ThawAsync(session, slot, row.MoveId!).ConfigureAwait(false);
        }
        else if (StaleTo(row, epoch) is { } newer)
        {
            throw new StaleShardMapException(slot, row.Peer!, newer);
        }
    }

    /// <summary>Checks that slots may be read on this shard, in the snapshot in which the transaction then reads them. Its first statement. Let the queries that follow ask for these slots only.</summary>
    /// <param name="transaction">The transaction, which reads one snapshot: of <see cref="System.Data.IsolationLevel.RepeatableRead"/> or higher.</param>
    /// <param name="slots">The slots with their epochs, of one map.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is known.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The transaction may read several snapshots: a slot could leave between the check and the query.</exception>
    /// <exception cref="InvalidOperationException">The shard knows no such slot.</exception>
    /// <exception cref="StaleShardMapException">A slot is on another shard.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    public async ValueTask CheckReadAsync(DbTransaction transaction, IReadOnlyCollection<SlotEpoch> slots, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(slots);
        if (transaction.IsolationLevel is not (System.Data.IsolationLevel.RepeatableRead or System.Data.IsolationLevel.Serializable or System.Data.IsolationLevel.Snapshot))
        {
            throw new ArgumentException($"transaction must read one snapshot, that is RepeatableRead, Snapshot or Serializable, but is {transaction.IsolationLevel}.", nameof(transaction));
        }

        if (slots.Count == 0)
        {
            return;
        }

        var session = new SqlSession(transaction.Connection!, cancellationToken, transaction);
        Dictionary<int, FenceRow> rows = (await session.QueryRowsAsync(
            $"SELECT slot, state, epoch, peer FROM {Table} WHERE slot IN ({string.Join(',', slots.Select(each => each.Slot))})",
            static row => (Slot: row.GetInt32(0), Row: new FenceRow((FenceState)row.GetInt32(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetString(3), null, false)))
            .ConfigureAwait(false)).ToDictionary(each => each.Slot, each => each.Row);
        var stale = slots.Select(each => (each.Slot, Row: rows.TryGetValue(each.Slot, out FenceRow row) ? row : throw Unknown(each.Slot), each.Epoch))
            .Select(each => (each.Slot, each.Row.Peer, Epoch: StaleTo(each.Row, each.Epoch)))
            .Where(each => each.Epoch is not null)
            .GroupBy(each => (each.Peer, each.Epoch))
            .FirstOrDefault();
        if (stale is not null)
        {
            throw new StaleShardMapException([.. stale.Select(each => each.Slot)], stale.Key.Peer!, stale.Key.Epoch!.Value);
        }
    }

    private async ValueTask AddAsync(SqlSession session, ShardMap map, HashSet<int> own, int[] slots)
    {
        (string, object?)[] peers = [.. map.ShardIds.Select((id, i) => ($"@peer{i}", (object?)id))];
        IEnumerable<string> rows = slots.Select(slot => own.Contains(slot)
            ? $"{slot}, {(int)FenceState.Owned}, {map.GetEpoch(slot)}, NULL"
            : $"{slot}, {(int)FenceState.Retired}, {map.GetEpoch(slot)}, @peer{map.GetShardIndex(slot)}");
        await session.ExecuteAsync(Engine.Sql.AddUnlessThere(Table, "slot, state, epoch, peer", string.Join("), (", rows)), peers).ConfigureAwait(false);
    }

    // The epoch under which the peer has the slot; null when it is here. While a copy comes that is the epoch of the source; only the source, once it has given the slot away, tells of a higher one.
    private static long? StaleTo(FenceRow row, long epoch) => row.State switch
    {
        FenceState.Moved or FenceState.Retired or FenceState.Importing => row.Epoch,
        FenceState.Ready => epoch > row.Epoch ? null : row.Epoch,
        _ => null,
    };

    // The mover has not come back in time: it will find the slots thawed, and begins its last step again. Both change the same rows, so that one is first.
    private async ValueTask ThawAsync(SqlSession session, int slot, string moveId)
    {
        try
        {
            await session.ExecuteAsync(
                $"""
                {Engine.Update(Table)} SET state = {(int)FenceState.Copying}
                WHERE slot = @slot AND move_id = @move AND state = {(int)FenceState.Frozen} AND until_us <= {Engine.Now}
                """,
                ("@slot", slot),
                ("@move", moveId)).ConfigureAwait(false);
        }
        catch (DbException exception) when (exception.IsTransient)
        {
            throw new SlotFrozenException(slot, exception); // another writer thaws it
        }

        FenceState state = (FenceState)Convert.ToInt32(await session.QueryAsync($"SELECT state FROM {Table} WHERE slot = @slot", ("@slot", slot)).ConfigureAwait(false), CultureInfo.InvariantCulture);
        if (state != FenceState.Copying)
        {
            throw new SlotFrozenException(slot); // the mover was first
        }

        await Engine.EnteredAsync(session, Table, slot).ConfigureAwait(false);
    }

    private InvalidOperationException Unknown(int slot) => new(string.Create(CultureInfo.InvariantCulture, $"The shard has no row for slot {slot} in {Table}: call {nameof(CreateSchemaAsync)} for it first."));
}
