using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Data.Tests.Engines;
using ScalePrimitives.Sharding;
using SlotMover;
using TicketDrawer;

// Moves slots, and stops for good at the place that it is told, so that a test kills it just there. The places: "enter:STATE" when a state was written and its work not begun,
// "leave:STATE" when the work of a state is done and the next not written, "statement:TEXT" before the first statement on a shard that has the text.
if (args is not [string dialectName, string catalogue, string a, string b, string from, string to, string slots, string place])
{
    Console.Error.WriteLine("usage: SlotMover <dialect> <catalogue> <shard a> <shard b> <from> <to> <slots> <place>");
    return 2;
}

SqlDialect dialect = Enum.Parse<SqlDialect>(dialectName);
var stop = new StopAt(place);
DbDataSource kept = Databases.Open(SqlDialect.Sqlite, catalogue);
Dictionary<string, DbDataSource> shards = new(StringComparer.Ordinal)
{
    ["a"] = new HookedDataSource(Databases.Open(dialect, a), stop.BeforeAsync),
    ["b"] = new HookedDataSource(Databases.Open(dialect, b), stop.BeforeAsync),
};
var migration = new SlotMigration(
    new StoppedMigrationStore(new SqlSlotMigrationStore(kept, SqlDialect.Sqlite), stop),
    new SqlShardMapStore(kept, SqlDialect.Sqlite),
    AcceptanceTables.Mover(dialect, id => shards[id]),
    new SlotMigrationOptions { RetireAfter = TimeSpan.Zero });
SlotMove move = new([.. slots.Split(',').Select(slot => int.Parse(slot, null))], from, to);
await migration.RunAsync(move);
Console.WriteLine("done");
return 0;
