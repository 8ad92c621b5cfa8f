using System.Collections.Immutable;
using System.Data.Common;
using System.Net.Sockets;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Mends what a restore or a failover has put back: the fences of shards, and the map.</summary>
internal static class Repair
{
    public static async Task<int> RunAsync(DirectoryInfo folder, bool acquire, bool rebuildMap, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        ImmutableArray<SlotMigrationRecord> unfinished = await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken);
        if (!unfinished.IsEmpty)
        {
            Report.WriteUnfinished(unfinished);
            Console.WriteLine("Resume or cancel them first: until then their slots are left as they are.");
            if (unfinished.Any(migration => migration.HasMoved))
            {
                Console.WriteLine("But resume none that is Moved or Published before you have seen that its target, if that was put back, has the rows: the source's are deleted.");
            }
        }

        // Once the map is published, fences and map tell all there is to know.
        int[] moving = [.. unfinished.Where(migration => migration.State != SlotMigrationState.Published).SelectMany(migration => migration.Move.Slots)];
        (Dictionary<string, DbDataSource> whole, Dictionary<string, DbDataSource> emptied, bool areAllThere) = await ReachAsync(cluster.Router.ShardsById, acquire, cancellationToken);
        ShardMap map = await FindMapAsync(cluster, whole, moving, rebuildMap, cancellationToken);
        bool isNew = map.Version != cluster.Router.Map.Version;

        // A migration knows more of its slots than any map.
        ShardMap settled = map.SetState(moving, SlotState.Moving);
        List<SlotFenceFinding> findings = await CompareAsync(cluster, settled, whole, cancellationToken);
        if (findings.Count == 0 && emptied.Count == 0 && !isNew)
        {
            return CheckMarks(map, moving, "Nothing to repair.") && areAllThere ? 0 : 1;
        }

        Write(findings, emptied.Keys, acquire);
        await Question.AskAsync(acquire ? "Do so, although rows may be lost?" : "Do so?", yes, cancellationToken);
        if (isNew && !await cluster.Catalogue.Maps.TryReplaceAsync(map, cluster.Router.Map.Version, cancellationToken))
        {
            throw new InvalidOperationException("Someone else has changed the map meanwhile: see anew.");
        }

        foreach ((string id, DbDataSource shard) in emptied)
        {
            await RequestTable.CreateAsync(shard, cluster.Catalogue.Dialect, cluster.Catalogue.MapId, id, cancellationToken);
            await cluster.Fence.CreateSchemaAsync(shard, settled, id, cancellationToken);
        }

        foreach ((string id, DbDataSource shard) in whole)
        {
            await cluster.Fence.RepairAsync(shard, settled, id, acquire, cancellationToken);
        }

        List<SlotFenceFinding> left = await CompareAsync(cluster, settled, whole.Concat(emptied), cancellationToken);
        if (left.Count == 0)
        {
            return CheckMarks(map, moving, $"Done: every shard{(areAllThere ? "" : " that can be reached")} accepts what the map gives it, and nothing else.") && areAllThere ? 0 : 1;
        }

        Console.WriteLine($"Done. But {Text.Count(left.Count, "slot")} that the map gives to a shard stay refused there: bring the rows, or accept with --acquire what is there of them.");
        return 1;
    }

    private static async Task<ShardMap> FindMapAsync(Cluster cluster, Dictionary<string, DbDataSource> shards, int[] moving, bool rebuildMap, CancellationToken cancellationToken)
    {
        ShardMap kept = cluster.Router.Map;
        if (!rebuildMap)
        {
            // By a map that has gone back a repair would take slots from those that have them.
            int[] newer = [.. (await NewestEpochsAsync(shards.Values, cancellationToken)).Where(each => each.Epoch > kept.GetEpoch(each.Slot) && kept.GetState(each.Slot) == SlotState.Stable).Select(each => each.Slot).Except(moving).Order()];
            return newer.Length == 0 ? kept : throw new InvalidOperationException($"The shards know more than the map, which has gone back, of slots {SlotList.Format(newer)}: make it anew with --map.");
        }

        ShardMap rebuilt = await cluster.Fence.RebuildMapAsync(kept, shards, cancellationToken);
        int[] others = [.. Enumerable.Range(0, kept.SlotCount).Where(slot => rebuilt.GetEpoch(slot) != kept.GetEpoch(slot) || rebuilt.GetState(slot) != kept.GetState(slot) || rebuilt.GetShardId(slot) != kept.GetShardId(slot))];
        if (others.Length == 0)
        {
            Console.WriteLine($"Version {kept.Version} of the map is as the shards tell.");
            return kept;
        }

        Console.WriteLine($"The map will be made anew of what the shards tell, version {rebuilt.Version} for version {kept.Version}:");
        foreach (SlotMove move in kept.Diff(rebuilt))
        {
            Console.WriteLine($"  not on {move.From}, but on {move.To}: {SlotList.Format(move.Slots)}");
        }

        int[] same = [.. others.Where(slot => rebuilt.GetShardId(slot) == kept.GetShardId(slot))];
        if (same.Length > 0)
        {
            Console.WriteLine($"  on their shard, with another epoch, or no longer moving: {SlotList.Format(same)}");
        }

        return rebuilt;
    }

    private static void Write(IEnumerable<SlotFenceFinding> findings, IEnumerable<string> emptied, bool acquire)
    {
        foreach (string id in emptied)
        {
            Console.WriteLine($"{id} has no fences: its tables will be made anew, WITHOUT ANY ROWS.");
        }

        foreach (var group in findings.GroupBy(finding => (finding.ShardId, finding.Kind)))
        {
            Console.WriteLine($"{group.Key.ShardId} {Remedy(group.Key.Kind, acquire)}: {SlotList.Format(group.Select(finding => finding.Slot))}");
            Console.WriteLine($"  {group.First()}");
        }
    }

    private static string Remedy(SlotFenceProblem kind, bool acquire) => kind switch
    {
        SlotFenceProblem.AcceptsForeign => "will refuse slots that are on other shards",
        SlotFenceProblem.RefusesOwn when acquire => "will accept slots that it refused, WHATEVER ROWS OF THEM IT HAS",
        SlotFenceProblem.RefusesOwn => "goes on refusing slots whose rows it may not have, unless --acquire is given",
        SlotFenceProblem.OtherEpoch => "will take on the map's epoch of slots",
        SlotFenceProblem.Claimed => "will free slots that a migration has claimed of which nothing is known",
        SlotFenceProblem.Missing when acquire => "gets a fence for slots that have none, and accepts its own, WHATEVER ROWS OF THEM IT HAS",
        _ => "gets a fence for slots that have none, and refuses them",
    };

    // Nobody goes on with these, and nothing moves them.
    private static bool CheckMarks(ShardMap map, int[] moving, string otherwise)
    {
        int[] stuck = [.. Enumerable.Range(0, map.SlotCount).Where(slot => map.GetState(slot) == SlotState.Moving).Except(moving)];
        Console.WriteLine(stuck.Length == 0 ? otherwise : $"The map has slots as moving that no migration moves: {SlotList.Format(stuck)}. Make it anew with --map.");
        return stuck.Length == 0;
    }

    // A shard that is down is left as it is. A database that was made anew can be read, and has no fences.
    private static async Task<(Dictionary<string, DbDataSource> Whole, Dictionary<string, DbDataSource> Emptied, bool AreAllThere)> ReachAsync(
        IReadOnlyList<KeyValuePair<string, DbDataSource>> shards, bool acquire, CancellationToken cancellationToken)
    {
        var (whole, emptied) = (new Dictionary<string, DbDataSource>(StringComparer.Ordinal), new Dictionary<string, DbDataSource>(StringComparer.Ordinal));
        foreach ((string id, DbDataSource shard) in shards)
        {
            bool isReached = false;
            try
            {
                await using DbConnection connection = await shard.OpenConnectionAsync(cancellationToken);
                await Sql.QueryAsync(connection, null, "SELECT 1", static _ => true, cancellationToken);
                isReached = true;
                await Sql.QueryAsync(connection, null, $"SELECT 1 FROM {Cluster.FenceTable} WHERE slot = 0", static _ => true, cancellationToken);
                whole.Add(id, shard);
            }
            catch (DbException failed) when (isReached)
            {
                emptied.Add(id, acquire ? shard : throw new InvalidOperationException($"The fences of '{id}' cannot be read ({failed.Message.TrimEnd('.')}): restore it, or accept with --acquire that its rows are lost.", failed));
            }
            catch (Exception failed) when (failed is DbException or IOException or SocketException)
            {
                Console.WriteLine($"{id} cannot be reached, and is left as it is: {failed.Message}");
            }
        }

        return (whole, emptied, whole.Count + emptied.Count == shards.Count);
    }

    private static async Task<List<(int Slot, long Epoch)>> NewestEpochsAsync(IEnumerable<DbDataSource> shards, CancellationToken cancellationToken)
    {
        List<(int Slot, long Epoch)> all = [];
        foreach (DbDataSource shard in shards)
        {
            await using DbConnection connection = await shard.OpenConnectionAsync(cancellationToken);
            all.AddRange(await Sql.QueryAsync(connection, null, $"SELECT slot, epoch FROM {Cluster.FenceTable}", static row => (row.GetInt32(0), row.GetInt64(1)), cancellationToken));
        }

        return [.. all.GroupBy(each => each.Slot).Select(group => (group.Key, group.Max(each => each.Epoch)))];
    }

    private static async Task<List<SlotFenceFinding>> CompareAsync(Cluster cluster, ShardMap map, IEnumerable<KeyValuePair<string, DbDataSource>> shards, CancellationToken cancellationToken)
    {
        List<SlotFenceFinding> findings = [];
        foreach ((string id, DbDataSource shard) in shards)
        {
            findings.AddRange(await cluster.Fence.CompareAsync(shard, map, id, cancellationToken));
        }

        return findings;
    }
}
