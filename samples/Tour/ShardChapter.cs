using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;
using Spectre.Console;

namespace Tour;

/// <summary>One database is too small: the records live in four, and a fifth takes over its part of the slots while the service writes on.</summary>
internal static class ShardChapter
{
    private const int Slots = 256;
    private const int LiveRequests = 20_000; // that come while slots move

    public static async Task RunAsync(RequestStream requests)
    {
        Chapter.Begin("4. Shards", "The requests are stored in four SQLite databases; then a fifth joins and takes its share of the slots, while requests still come in.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tour-");
        try
        {
            var databases = new ShardDatabases(folder);
            var strategy = new HashShardStrategy<long>(Slots);
            var maps = new InMemoryShardMapStore();
            var map = new ShardMap(Slots, ["shard-1", "shard-2", "shard-3", "shard-4"], strategyId: strategy.Id);
            await maps.TryReplaceAsync(map, expectedVersion: 0);
            foreach (string id in map.ShardIds)
            {
                await databases.CreateAsync(id, map);
            }

            var router = new ShardRouter<long, DbDataSource>(strategy, map, id => databases[id]);
            (int Number, long Page)[] all = [.. requests.Keys.Select((page, number) => (number, page))];
            await StoreAsync(router, databases, all[..^LiveRequests]);
            Dictionary<string, (int Rows, ulong Checksum)> before = await ReadAllAsync(router, databases);
            (int live, RebalancePlan plan) = await GrowAsync(router, databases, maps, all[^LiveRequests..]);
            await StoreAsync(router, databases, all[(all.Length - LiveRequests + live)..]);
            Print(router, before, await ReadAllAsync(router, databases), all);
            Console.WriteLine($"{plan.SlotCount} of {Slots} slots moved while {live:N0} requests were written; the map is at version {router.Map.Version}.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // A fifth shard; the plan of what it takes; and the moves, beside a service that does not stop. Gives how many requests came meanwhile.
    private static async Task<(int Live, RebalancePlan Plan)> GrowAsync(ShardRouter<long, DbDataSource> router, ShardDatabases databases, InMemoryShardMapStore maps, (int Number, long Page)[] requests)
    {
        ShardMap grown = router.Map.AddShard("shard-5");
        await maps.TryReplaceAsync(grown, router.Map.Version);
        await databases.CreateAsync("shard-5", grown);
        router.TryUpdate(grown);
        RebalancePlan plan = RebalancePlanner.Plan(grown);
        var mover = new SqlSlotMover(databases.Fence, [new SlotTable("request")], id => databases[id]);
        var migration = new SlotMigration(new InMemorySlotMigrationStore(), maps, mover, new SlotMigrationOptions { RetireAfter = TimeSpan.Zero });
        using var moved = new CancellationTokenSource();
        Task<int> writing = Task.Run(() => WriteUntilAsync(router, databases, requests, moved.Token));
        await Chapter.ForEachAsync("Moving slots", plan.Moves, async move => await migration.RunAsync(move));
        await moved.CancelAsync();
        int live = await writing;
        router.TryUpdate((await maps.ReadAsync())!);
        return (live, plan);
    }

    // The router's map is old as soon as the first slots have moved: it is sent on by the shards themselves.
    private static async Task<int> WriteUntilAsync(ShardRouter<long, DbDataSource> router, ShardDatabases databases, (int Number, long Page)[] requests, CancellationToken end)
    {
        int written = 0;
        for (; written < requests.Length && !end.IsCancellationRequested; written++)
        {
            (int Number, long Page) request = requests[written];
            await router.ExecuteAsync(request.Page, async (route, _) =>
            {
                await databases.WriteAsync(route, [request]);
                return true;
            }, CancellationToken.None);
        }

        return written;
    }

    // By slot, as each transaction enters one.
    private static async Task StoreAsync(ShardRouter<long, DbDataSource> router, ShardDatabases databases, (int Number, long Page)[] requests)
    {
        foreach (var slot in requests.GroupBy(request => router.Route(request.Page)))
        {
            await databases.WriteAsync(slot.Key, slot);
        }
    }

    private static async Task<Dictionary<string, (int Rows, ulong Checksum)>> ReadAllAsync(ShardRouter<long, DbDataSource> router, ShardDatabases databases) =>
        (await router.ScatterAsync(databases.ReadAsync)).Answers.ToDictionary(StringComparer.Ordinal);

    private static void Print(ShardRouter<long, DbDataSource> router, Dictionary<string, (int Rows, ulong Checksum)> before, Dictionary<string, (int Rows, ulong Checksum)> after, (int Number, long Page)[] requests)
    {
        Table table = Chapter.Table("Shard", "Rows before", "Checksum before", "Slots after", "Rows after", "Checksum after");
        (int Rows, ulong Checksum) was = default;
        (int Rows, ulong Checksum) now = default;
        foreach (string id in router.Map.ShardIds)
        {
            (int Rows, ulong Checksum) old = before.GetValueOrDefault(id);
            (int Rows, ulong Checksum) content = after.GetValueOrDefault(id);
            was = (was.Rows + old.Rows, unchecked(was.Checksum + old.Checksum));
            now = (now.Rows + content.Rows, unchecked(now.Checksum + content.Checksum));
            table.AddRow(id, $"{old.Rows:N0}", $"{old.Checksum:x16}", $"{router.Map.GetSlots(id).Length}", $"{content.Rows:N0}", $"{content.Checksum:x16}");
        }

        (int Rows, ulong Checksum) stream = requests.Aggregate((Rows: 0, Checksum: 0UL), (sum, request) => (sum.Rows + 1, unchecked(sum.Checksum + ShardDatabases.Hash(request.Number, request.Page))));
        table.AddRow("together", $"{was.Rows:N0}", $"{was.Checksum:x16}", $"{Slots}", $"{now.Rows:N0}", $"{now.Checksum:x16}");
        table.AddRow("the stream", "", "", "", $"{stream.Rows:N0}", $"{stream.Checksum:x16}");
        AnsiConsole.Write(table);
        if (now != stream)
        {
            throw new InvalidDataException("A row was lost or doubled while slots moved.");
        }
    }
}
