using System.Data.Common;
using System.Text.RegularExpressions;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Makes shards: the first ones, and one more.</summary>
internal static partial class Setup
{
    /// <summary>Makes the first shards. What was interrupted is taken up by the same call.</summary>
    public static async Task<int> InitAsync(DirectoryInfo folder, SqlDialect dialect, string[] named, int count, int slots, bool yes, CancellationToken cancellationToken)
    {
        Shard[] shards = [.. (named.Length > 0 ? named : Enumerable.Range(1, count).Select(i => $"shard-{i}")).Select(text => Parse(text, dialect))];
        if (shards.GroupBy(shard => shard.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new FormatException($"--shard: '{twice.Key}' is named twice, case aside.");
        }

        if (slots < shards.Length)
        {
            throw new FormatException($"--slots: {Text.Count(shards.Length, "shard")} need at least as many slots, and many more to grow.");
        }

        await Question.AskAsync($"Make {Text.Count(shards.Length, "shard")} of {Text.Count(slots, "slot")} in {folder.FullName}?", yes, cancellationToken);
        await using Catalogue catalogue = await Catalogue.CreateAsync(folder, dialect, cancellationToken);
        var map = new ShardMap(slots, shards.Select(shard => shard.Id), catalogue.MapId, new HashShardStrategy<long>(slots).Id);
        foreach (Shard shard in shards)
        {
            await CreateAsync(catalogue, map, shard, cancellationToken);
        }

        // Last: with the map the shards are there.
        if (!await catalogue.Maps.TryReplaceAsync(map, expectedVersion: 0, cancellationToken))
        {
            throw new InvalidOperationException("Someone else made shards here meanwhile.");
        }

        Console.WriteLine($"Made {string.Join(", ", map.ShardIds)}. Put data in with load.");
        return 0;
    }

    /// <summary>Makes one more shard, which holds no slots yet.</summary>
    public static async Task<int> AddShardAsync(DirectoryInfo folder, string id, string? connectionString, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        Catalogue catalogue = cluster.Catalogue;
        Shard shard = Parse(connectionString is null ? id : $"{id}={connectionString}", catalogue.Dialect);
        if (cluster.Router.Map.ShardIds.FirstOrDefault(each => each.Equals(shard.Id, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            throw new FormatException($"There is a shard '{known}' already.");
        }

        await Question.AskAsync($"Add the shard '{shard.Id}'?", yes, cancellationToken);
        ShardMap map = cluster.Router.Map;
        await CreateAsync(catalogue, map.AddShard(shard.Id), shard, cancellationToken);
        while (!await catalogue.Maps.TryReplaceAsync(map.AddShard(shard.Id), map.Version, cancellationToken))
        {
            map = (await catalogue.Maps.ReadAsync(cancellationToken: cancellationToken))!; // slots moved meanwhile
        }

        Console.WriteLine($"Added {shard.Id}, which holds no slots yet. See what should move with plan.");
        return 0;
    }

    private static async Task CreateAsync(Catalogue catalogue, ShardMap map, Shard shard, CancellationToken cancellationToken)
    {
        try
        {
            await using DbDataSource source = Databases.Open(catalogue.Dialect, shard.ConnectionString ?? catalogue.FileOf(shard.Id));
            await RequestTable.CreateAsync(source, catalogue.Dialect, catalogue.MapId, shard.Id, cancellationToken);
            await new SqlSlotFence(catalogue.Dialect).CreateSchemaAsync(source, map, shard.Id, cancellationToken);
        }
        catch (Exception failed) when (failed is DbException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidOperationException($"The shard '{shard.Id}' cannot be made: {failed.Message}", failed);
        }

        await catalogue.WriteShardAsync(shard.Id, shard.ConnectionString, cancellationToken);
    }

    private static Shard Parse(string text, SqlDialect dialect)
    {
        string[] parts = text.Split('=', 2);
        if (!Id().IsMatch(parts[0]))
        {
            throw new FormatException($"'{parts[0]}' is no id of a shard: 1 to 50 letters, digits and the characters . _ - with a letter or digit first.");
        }

        if (parts.Length == 1)
        {
            return dialect == SqlDialect.Sqlite
                ? new Shard(parts[0], null)
                : throw new FormatException($"Where is the shard '{parts[0]}'? Only SQLite makes databases by itself: give its connection string.");
        }

        try
        {
            return new Shard(parts[0], Databases.Kept(dialect, parts[1]));
        }
        catch (ArgumentException wrong)
        {
            throw new FormatException($"The connection string of the shard '{parts[0]}' is none: {wrong.Message}", wrong);
        }
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9][a-zA-Z0-9._-]{0,49}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Id();

    private sealed record Shard(string Id, string? ConnectionString);
}
