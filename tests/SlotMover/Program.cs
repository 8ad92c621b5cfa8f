using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;
using TicketDrawer;

// Moves slots, and stops at the place that it is told, so that a test kills it, or a server, just there; after a line on its input it goes on. It prints "stopped", then "done", or "failed" and what a
// database said. The places: "enter:STATE" when a state was written and its work not begun, "progress:STATE" when a part of its work is, "leave:STATE" when all of it is and the next state not
// written, "statement:TEXT" before the first statement on a shard that has the text, "nowhere".
if (args.Length < 7)
{
    Console.Error.WriteLine("usage: SlotMover <dialect> <catalogue> <shard a> <shard b> <place> (move <from> <to> <slots> | resume <id> | cancel <id>)");
    return 2;
}

SqlDialect dialect = Enum.Parse<SqlDialect>(args[0]);
var stop = new StopAt(args[4]);
DbDataSource kept = Databases.Open(SqlDialect.Sqlite, args[1]);
Dictionary<string, DbDataSource> shards = new(StringComparer.Ordinal)
{
    ["a"] = new HookedDataSource(Databases.Open(dialect, args[2]), stop.BeforeAsync),
    ["b"] = new HookedDataSource(Databases.Open(dialect, args[3]), stop.BeforeAsync),
};
var migration = new SlotMigration(
    new StoppedMigrationStore(new SqlSlotMigrationStore(kept, SqlDialect.Sqlite), stop),
    new SqlShardMapStore(kept, SqlDialect.Sqlite),
    AcceptanceTables.Mover(dialect, id => shards[id]),
    new SlotMigrationOptions { RetireAfter = TimeSpan.Zero });
try
{
    await (args[5..] switch
    {
        ["move", string from, string to, string slots] => migration.RunAsync(new SlotMove([.. slots.Split(',').Select(slot => int.Parse(slot, null))], from, to), stop),
        ["resume", string id] => migration.ResumeAsync(Guid.Parse(id), stop),
        ["cancel", string id] => migration.CancelAsync(Guid.Parse(id), stop),
        _ => throw new ArgumentException("args must say what to do.", nameof(args)),
    });
    Console.WriteLine("done");
    return 0;
}
catch (Exception exception) when (Outage.IsOne(exception))
{
    Console.WriteLine($"failed: {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
    return 1;
}
