using System.Data.Common;
using ScalePrimitives.Data;

namespace SlotMover;

/// <summary>The tables of the acceptance test, and what moves them: two that share their slots.</summary>
public static class AcceptanceTables
{
    /// <summary>Gets how long slots are frozen at most.</summary>
    public static TimeSpan FreezeLimit { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets the statements that create them.</summary>
    public static IReadOnlyList<string> Create { get; } =
    [
        "CREATE TABLE orders (slot INT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, body VARCHAR(100) NOT NULL, PRIMARY KEY (slot, id))",
        "CREATE TABLE notes (slot INT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (slot, id))",
    ];

    /// <summary>Makes the mover, with short limits, so that a test sees them pass.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="shards">The shards.</param>
    /// <returns>The mover.</returns>
    public static SqlSlotMover Mover(SqlDialect dialect, Func<string, DbDataSource> shards) =>
        new(new SqlSlotFence(dialect), [new SlotTable("orders"), new SlotTable("notes")], shards, new SqlSlotMoverOptions { BatchRows = 50, FreezeLimit = FreezeLimit, LockTimeout = TimeSpan.FromSeconds(5) });
}
