using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>The shards as roles see them that own some tables, and are no superusers.</summary>
internal sealed class PostgresOwners : IAsyncDisposable
{
    private readonly Dictionary<string, DbDataSource> _sources = new(StringComparer.Ordinal);

    /// <summary>Gets a shard as its role sees it.</summary>
    /// <param name="shardId">The shard's id.</param>
    public DbDataSource this[string shardId] => _sources[shardId];

    /// <summary>Makes a role for each shard, who owns the fences and some tables.</summary>
    /// <param name="server">The server.</param>
    /// <param name="world">The shards.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="grants">What else is granted.</param>
    /// <param name="statement">What is done besides, with the role for <c>{role}</c>; null for nothing.</param>
    public static async Task<PostgresOwners> CreateAsync(PostgresServer server, SlotWorld world, string[] tables, string[]? grants = null, string? statement = null)
    {
        var owners = new PostgresOwners();
        foreach (string shard in world.Sources.Keys)
        {
            TestDatabase database = await server.AsNewUserAsync(world.Databases[shard], ["ALL ON SCHEMA public", .. grants ?? []]);
            string role = (string)new DbConnectionStringBuilder { ConnectionString = database.ConnectionString }["Username"];
            foreach (string table in tables.Concat(["slot_fences", "slot_fences_moves"]))
            {
                await world.ExecuteAsync(shard, $"ALTER TABLE {table} OWNER TO {role}");
            }

            if (statement is not null)
            {
                await world.ExecuteAsync(shard, statement.Replace("{role}", role, StringComparison.Ordinal));
            }

            owners._sources[shard] = database.Open();
        }

        return owners;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DbDataSource source in _sources.Values)
        {
            await source.DisposeAsync();
        }
    }
}
