using System.Data.Common;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;
using Tour;

namespace ShardAdmin;

/// <summary>Puts the recorded requests in, as a service would: each transaction through the router and the fence, so that slots may move meanwhile. Requests that are there are left: it can be given again.</summary>
internal static class Loader
{
    private const int BatchRows = 2_000;

    public static RequestStream Recorded() => RequestStream.Load(Path.Combine(AppContext.BaseDirectory, "data", "web07.u64.gz"));

    public static async Task<int> RunAsync(DirectoryInfo folder, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        RequestStream recorded = Recorded();
        await Question.AskAsync($"Put {Text.Count(recorded.Keys.Count, "recorded request")} into {Text.Count(cluster.Router.Shards.Count, "shard")}?", yes, cancellationToken);
        ILookup<int, Request> bySlot = recorded.Keys.Select((page, number) => new Request(number, page)).ToLookup(request => cluster.Strategy.GetSlot(request.Page));

        // A writer for each shard; a transaction for each slot, as slots that are on one shard today may be on two tomorrow.
        await Work.RunAsync("Loading", recorded.Keys.Count, async done =>
            await Parallel.ForEachAsync(cluster.Router.Group(recorded.DistinctKeys), cancellationToken, async (group, token) =>
            {
                foreach (int slot in group.Keys.Select(cluster.Strategy.GetSlot).Distinct())
                {
                    foreach (Request[] batch in bySlot[slot].Chunk(BatchRows))
                    {
                        await AddAsync(cluster, batch, token);
                        done(batch.Length);
                    }
                }
            }));
        await cluster.Catalogue.SetLoadedAsync(cancellationToken);
        Console.WriteLine($"{Text.Count(recorded.Keys.Count, "request")} for {Text.Count(recorded.DistinctKeys.Count, "page")} are in. See where with status.");
        return 0;
    }

    // The slot of the batch may freeze or move while this runs: the router waits, or goes where it is now.
    private static async Task AddAsync(Cluster cluster, Request[] batch, CancellationToken cancellationToken) =>
        await cluster.Router.ExecuteAsync(
            batch[0].Page,
            async (route, token) =>
            {
                try
                {
                    await AddAsync(cluster.Fence, route, batch, token);
                    return batch.Length;
                }
                catch (Exception failed) when (failed is DbException or IOException or TimeoutException or InvalidOperationException)
                {
                    throw new InvalidOperationException($"The shard '{cluster.IdOf(route.Shard)}' did not take its requests: {failed.Message}", failed);
                }
            },
            cancellationToken);

    private static async Task AddAsync(SqlSlotFence fence, ShardRoute<DbDataSource> route, Request[] batch, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await route.Shard.OpenConnectionAsync(cancellationToken);
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await fence.EnterAsync(transaction, route.Slot, route.Epoch, cancellationToken);
        await RequestTable.AddAsync(transaction, route.Slot, batch, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
