using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Readme;

public class ShardingExample
{
    [Fact]
    public void Runs()
    {
        var strategy = new HashShardStrategy<string>(slotCount: 1024);   // a key's slot never changes
        var map = new ShardMap(1024, ["db-1", "db-2"]);                  // slots move between shards
        var router = new ShardRouter<string, string>(strategy, map, shardId => $"Host={shardId}");

        ShardRoute<string> route = router.Route("user:42");              // where to connect, which slot, which epoch
        var groups = router.Group(["user:1", "user:2", "user:3"]);       // one query a shard

        ShardMap grown = map.AddShard("db-3").Move([0, 1, 2], "db-3");
        bool accepted = router.TryUpdate(grown);                         // older maps are refused

        Assert.StartsWith("Host=db-", route.Shard, StringComparison.Ordinal);
        Assert.Equal(3, groups.Sum(group => group.Keys.Count));
        Assert.True(accepted);
    }
}
