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
        int[] moving = WriteUnfinished(await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken));
        Reached reached = await ReachAsync(cluster.Router.ShardsById, acquire, cancellationToken);
        ShardMap kept = cluster.Router.Map;
        ShardMap map = rebuildMap
            ? await MapRepair.RebuildAsync(cluster, reached.Whole, cancellationToken)
            : await MapRepair.CheckAsync(kept, reached.Whole.Values, moving, cancellationToken);

        // A migration knows more of its slots than any map.
        ShardMap settled = map.SetState(moving, SlotState.Moving);
        List<SlotFenceFinding> findings = await CompareAsync(cluster, settled, reached.Whole, cancellationToken);
        if (findings.Count == 0 && reached.Empty.Count == 0 && map == kept)
        {
            return CheckMarks(map, moving, "Nothing to repair.") && reached.AreAll ? 0 : 1;
        }

        Write(findings, reached.Empty.Keys, acquire);
        await Question.AskAsync(acquire ? "Do so, although rows may be lost?" : "Do so?", yes, cancellationToken);
        if (map != kept && !await cluster.Catalogue.Maps.TryReplaceAsync(map, kept.Version, cancellationToken))
        {
            throw new InvalidOperationException("Someone else has changed the map meanwhile: see anew.");
        }

        await SetFencesAsync(cluster, settled, reached, acquire, cancellationToken);
        int left = (await CompareAsync(cluster, settled, reached.Whole.Concat(reached.Empty), cancellationToken)).Count;
        if (left > 0)
        {
            string slots = Text.Count(left, "slot");
            Console.WriteLine($"Done. But {slots} are not as the map says: bring the rows, or accept with --acquire what is there of them.");
            return 1;
        }

        string shards = reached.AreAll ? "every shard" : "every shard that can be reached";
        return CheckMarks(map, moving, $"Done: {shards} accepts what the map gives it, and nothing else.") && reached.AreAll ? 0 : 1;
    }

    // Gives the slots of which migrations know more than fences and map, which is until the map is published.
    private static int[] WriteUnfinished(ImmutableArray<SlotMigrationRecord> unfinished)
    {
        if (!unfinished.IsEmpty)
        {
            Report.WriteUnfinished(unfinished);
            Console.WriteLine("Resume or cancel them first: until then their slots are left as they are.");
        }

        if (unfinished.Any(migration => migration.HasMoved))
        {
            Console.WriteLine("But resume none that is Moved or Published before you have seen that its target, if that was put back, has the rows: the source's are deleted.");
        }

        return [.. unfinished.Where(migration => migration.State != SlotMigrationState.Published).SelectMany(migration => migration.Move.Slots)];
    }

    // A shard that is down is left as it is. A database that was made anew can be read, and has no fences.
    private static async Task<Reached> ReachAsync(IReadOnlyList<KeyValuePair<string, DbDataSource>> shards, bool acquire, CancellationToken cancellationToken)
    {
        var (whole, empty) = (new Dictionary<string, DbDataSource>(StringComparer.Ordinal), new Dictionary<string, DbDataSource>(StringComparer.Ordinal));
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
                string why = failed.Message.TrimEnd('.');
                empty.Add(id, acquire ? shard : throw new InvalidOperationException($"The fences of '{id}' cannot be read ({why}): restore it, or accept with --acquire that its rows are lost.", failed));
            }
            catch (Exception failed) when (failed is DbException or IOException or SocketException)
            {
                Console.WriteLine($"{id} cannot be reached, and is left as it is: {failed.Message}");
            }
        }

        return new Reached(whole, empty, whole.Count + empty.Count == shards.Count);
    }

    private static async Task SetFencesAsync(Cluster cluster, ShardMap map, Reached reached, bool acquire, CancellationToken cancellationToken)
    {
        Catalogue catalogue = cluster.Catalogue;
        foreach ((string id, DbDataSource shard) in reached.Empty)
        {
            await RequestTable.CreateAsync(shard, catalogue.Dialect, catalogue.MapId, id, cancellationToken);
            await cluster.Fence.CreateSchemaAsync(shard, map, id, cancellationToken);
        }

        foreach ((string id, DbDataSource shard) in reached.Whole)
        {
            await cluster.Fence.RepairAsync(shard, map, id, acquire, cancellationToken);
        }
    }

    private static void Write(IEnumerable<SlotFenceFinding> findings, IEnumerable<string> empty, bool acquire)
    {
        foreach (string id in empty)
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
        SlotFenceProblem.OlderEpoch => "will take on the map's epoch of slots",
        SlotFenceProblem.NewerEpoch => "knows of more than the map, which is to be made anew with --map: slots",
        SlotFenceProblem.Claimed when acquire => "will free slots that a migration has claimed of which nothing is known",
        SlotFenceProblem.Claimed => "keeps slots that a migration has claimed of which nothing is known, unless --acquire is given",
        SlotFenceProblem.Missing when acquire => "gets a fence for slots that have none, and accepts its own, WHATEVER ROWS OF THEM IT HAS",
        _ => "gets a fence for slots that have none, and refuses them",
    };

    // Nobody goes on with slots that are marked so, and nothing moves them.
    private static bool CheckMarks(ShardMap map, int[] moving, string otherwise)
    {
        int[] stuck = [.. Enumerable.Range(0, map.SlotCount).Where(slot => map.GetState(slot) == SlotState.Moving).Except(moving)];
        Console.WriteLine(stuck.Length == 0 ? otherwise : $"The map has slots as moving that no migration moves: {SlotList.Format(stuck)}. Make it anew with --map.");
        return stuck.Length == 0;
    }

    private static async Task<List<SlotFenceFinding>> CompareAsync(
        Cluster cluster, ShardMap map, IEnumerable<KeyValuePair<string, DbDataSource>> shards, CancellationToken cancellationToken)
    {
        List<SlotFenceFinding> findings = [];
        foreach ((string id, DbDataSource shard) in shards)
        {
            findings.AddRange(await cluster.Fence.CompareAsync(shard, map, id, cancellationToken));
        }

        return findings;
    }

    /// <param name="Whole">Shards that have fences.</param>
    /// <param name="Empty">Shards that have none any more.</param>
    /// <param name="AreAll">Whether these are all.</param>
    private sealed record Reached(Dictionary<string, DbDataSource> Whole, Dictionary<string, DbDataSource> Empty, bool AreAll);
}
