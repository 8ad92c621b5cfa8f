using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Ids;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Data;

/// <summary>
/// Keeps the grants of workers in two tables, a row a space and a row a worker. Each call is one short transaction that locks its space and is on disk
/// before the call returns; the time is the database's own. Thread-safe; any number of processes may share the tables.
/// </summary>
/// <remarks>Durability is asked for as by <see cref="SqlTicketStore"/>. After a failover to a copy that may be behind, call <see cref="RaiseFloorAsync"/>
/// with now and the longest duration granted, before anything else does.</remarks>
public sealed class SqlWorkerLeaseStore : IWorkerLeaseStore
{
    private const int MaxNameLength = 100;
    private const int MaxLayoutLength = 500;

    private readonly DbDataSource _dataSource;
    private readonly SqlEngine _engine;
    private readonly string _workers;
    private readonly string _spaces;
    private readonly TimeProvider? _clock;

    /// <summary>Creates a store. Opens nothing yet.</summary>
    /// <param name="dataSource">The database; the caller's to dispose.</param>
    /// <param name="dialect">Which database it is.</param>
    /// <param name="table">The table of the workers, in the schema that connections use by default: 1 to 50 letters of ASCII, digits and underscores, not
    /// a digit first. The spaces are in another, with <c>_spaces</c> at its end.</param>
    /// <exception cref="ArgumentNullException"><paramref name="dataSource"/> or <paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="table"/> is not such a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dialect"/> is none of its type.</exception>
    public SqlWorkerLeaseStore(DbDataSource dataSource, SqlDialect dialect, string table = "workers")
        : this(dataSource, dialect, table, clock: null)
    {
    }

    // With a clock in place of the database's, for tests.
    internal SqlWorkerLeaseStore(DbDataSource dataSource, SqlDialect dialect, string table, TimeProvider? clock)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (_dataSource, _engine, _workers, _clock) = (dataSource, SqlEngine.For(dialect), SqlName.Checked(table), clock);
        _spaces = _workers + "_spaces";
    }

    /// <summary>Creates the tables, unless they are there.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is done.</returns>
    /// <remarks>Any number of programs may call it at once. Where all is there it needs no right to create a table.
    /// All calls together need SELECT, INSERT, UPDATE and DELETE on the table of workers, and SELECT, INSERT and UPDATE on that of the spaces.</remarks>
    /// <exception cref="InvalidOperationException">A table is there whose columns do not keep all letters; only on MySQL and MariaDB.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public Task CreateSchemaAsync(CancellationToken cancellationToken = default) => _engine.CreateTablesAsync(
        _dataSource,
        cancellationToken,
        (_spaces, $"name {_engine.KeyType(MaxNameLength)} NOT NULL PRIMARY KEY, layout VARCHAR({MaxLayoutLength}) NOT NULL, floor BIGINT NOT NULL"),
        (_workers, $"space {_engine.KeyType(MaxNameLength)} NOT NULL, worker BIGINT NOT NULL, token CHAR(36), not_before BIGINT NOT NULL, not_after BIGINT NOT NULL, PRIMARY KEY (space, worker)"));

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is shorter than a unit of the layout, or longer than 1 hour.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public ValueTask<WorkerGrant?> TryAcquireAsync(WorkerSpace space, Guid token, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        CheckDuration(space, duration);
        return InSpaceAsync<WorkerGrant?>(space, async (session, floor) =>
        {
            DateTimeOffset now = await NowAsync(session).ConfigureAwait(false);
            (long Worker, WorkerWindow Last)? free = await FindFreeAsync(session, space, now).ConfigureAwait(false);
            if (free is not { } found)
            {
                return null;
            }

            WorkerWindow granted = found.Last.Grant(space.Layout, token, duration, now, floor);
            await SaveAsync(session, space, found.Worker, granted).ConfigureAwait(false);
            return new WorkerGrant(found.Worker, token, granted.NotBefore, granted.NotAfter);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is shorter than a unit of the layout, or longer than 1 hour.</exception>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public ValueTask<WorkerGrant?> TryRenewAsync(WorkerSpace space, WorkerGrant grant, TimeSpan duration, CancellationToken cancellationToken = default)
    {
        CheckDuration(space, duration);
        return InSpaceAsync<WorkerGrant?>(space, async (session, _) =>
        {
            if (await FindHeldAsync(session, space, grant).ConfigureAwait(false) is not { } held)
            {
                return null;
            }

            WorkerWindow renewed = held.Renew(space.Layout, duration, await NowAsync(session).ConfigureAwait(false));
            await SaveAsync(session, space, grant.Worker, renewed).ConfigureAwait(false);
            return grant with { NotBefore = renewed.NotBefore, NotAfter = renewed.NotAfter };
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask ReleaseAsync(WorkerSpace space, WorkerGrant grant, DateTimeOffset usedUntil, CancellationToken cancellationToken = default)
    {
        await InSpaceAsync(space, async (session, _) =>
        {
            if (await FindHeldAsync(session, space, grant).ConfigureAwait(false) is { } held)
            {
                await SaveAsync(session, space, grant.Worker, held.Release(usedUntil)).ConfigureAwait(false);
            }

            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>No grant from before can be renewed: the worker may have been another's when grants were lost. Its window stays its holder's.</remarks>
    /// <exception cref="DbException">The database refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The database has not answered within 30 seconds. What was asked of it may be done, or be done yet.</exception>
    public async ValueTask RaiseFloorAsync(WorkerSpace space, DateTimeOffset floor, CancellationToken cancellationToken = default)
    {
        await InSpaceAsync(space, async (session, _) =>
        {
            await session.ExecuteAsync($"UPDATE {_spaces} SET floor = @floor WHERE name = @space AND floor < @floor", ("@floor", floor.UtcTicks), ("@space", space.Name)).ConfigureAwait(false);
            await session.ExecuteAsync($"UPDATE {_workers} SET token = NULL WHERE space = @space", ("@space", space.Name)).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    private static void CheckDuration(WorkerSpace space, TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(space);
        Guard.InRange(duration, space.Layout.Unit, WorkerWindow.MaxDuration);
    }

    // One transaction, alone in its space: the locked row of the space keeps the others out, and so a worker from being granted twice.
    private async ValueTask<T> InSpaceAsync<T>(WorkerSpace space, Func<SqlSession, DateTimeOffset, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(space);
        SqlName.CheckKey(space.Name, MaxNameLength, nameof(space));
        string layout = space.Layout.ToString();
        return await SqlSession.WithAsync(_dataSource, async session =>
        {
            await session.ExecuteAsync(_engine.AddUnlessThere(_spaces, "name, layout, floor", "@space, @layout, 0"), ("@space", space.Name), ("@layout", layout)).ConfigureAwait(false);
            SqlSession within = await _engine.BeginAsync(session).ConfigureAwait(false);
            await using (within.ConfigureAwait(false))
            {
                (string Layout, long Floor) kept = await within.QueryRowAsync($"SELECT layout, floor FROM {_spaces} WHERE name = @space{_engine.ForUpdate}", static row => (row.GetString(0), row.GetInt64(1)), ("@space", space.Name)).ConfigureAwait(false);
                if (kept.Layout != layout)
                {
                    throw new InvalidOperationException($"The space {space.Name} belongs to another layout: {kept.Layout}, not {layout}.");
                }

                T result = await work(within, new DateTimeOffset(kept.Floor, TimeSpan.Zero)).ConfigureAwait(false);
                await within.CommitAsync().ConfigureAwait(false);
                return result;
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<DateTimeOffset> NowAsync(SqlSession session) => _clock is not null
        ? _clock.GetUtcNow()
        : DateTimeOffset.UnixEpoch.AddMicroseconds(Convert.ToInt64(await session.QueryAsync(_engine.Now).ConfigureAwait(false), CultureInfo.InvariantCulture));

    // The lowest worker that nobody holds: one used before, or the next.
    private async ValueTask<(long Worker, WorkerWindow Last)?> FindFreeAsync(SqlSession session, WorkerSpace space, DateTimeOffset now)
    {
        (long Worker, WorkerWindow Last)? used = await session.QueryRowAsync<(long, WorkerWindow)?>(
            $"SELECT worker, token, not_before, not_after FROM {_workers} WHERE space = @space AND (token IS NULL OR not_after <= @now) ORDER BY worker LIMIT 1",
            static row => (row.GetInt64(0), Read(row, 1)),
            ("@space", space.Name),
            ("@now", now.UtcTicks)).ConfigureAwait(false);
        if (used is not null)
        {
            return used;
        }

        long count = Convert.ToInt64(await session.QueryAsync($"SELECT COUNT(*) FROM {_workers} WHERE space = @space", ("@space", space.Name)).ConfigureAwait(false), CultureInfo.InvariantCulture);
        return count < space.Layout.WorkerCount ? (count, WorkerWindow.Unused(space.Layout)) : null;
    }

    private ValueTask<WorkerWindow?> FindHeldAsync(SqlSession session, WorkerSpace space, WorkerGrant grant) => session.QueryRowAsync<WorkerWindow?>(
        $"SELECT token, not_before, not_after FROM {_workers} WHERE space = @space AND worker = @worker AND token = @token",
        static row => Read(row, 0),
        ("@space", space.Name),
        ("@worker", grant.Worker),
        ("@token", grant.Token.ToString()));

    private async ValueTask SaveAsync(SqlSession session, WorkerSpace space, long worker, WorkerWindow window)
    {
        (string, object?)[] parameters =
        [
            ("@space", space.Name), ("@worker", worker), ("@token", window.Token?.ToString()),
            ("@not_before", window.NotBefore.UtcTicks), ("@not_after", window.NotAfter.UtcTicks),
        ];
        await session.ExecuteAsync($"DELETE FROM {_workers} WHERE space = @space AND worker = @worker", ("@space", space.Name), ("@worker", worker)).ConfigureAwait(false);
        await session.ExecuteAsync($"INSERT INTO {_workers} (space, worker, token, not_before, not_after) VALUES (@space, @worker, @token, @not_before, @not_after)", parameters).ConfigureAwait(false);
    }

    private static WorkerWindow Read(DbDataReader row, int column) => new(
        row.IsDBNull(column) ? null : Guid.Parse(row.GetValue(column).ToString()!),
        new DateTimeOffset(row.GetInt64(column + 1), TimeSpan.Zero),
        new DateTimeOffset(row.GetInt64(column + 2), TimeSpan.Zero));
}
