using ScalePrimitives.Caching;
using ScalePrimitives.Clocks;
using ScalePrimitives.Hashing;
using ScalePrimitives.Ids;
using ScalePrimitives.Sharding;

var ring = new HashRing<Node>([new("a"), new("b")]);
using var cache = new Cache<string, int>(10);
VectorClock clock = VectorClock.Empty.Increment(1);
long id = new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 1, Server = 2 }).Next();
var router = new ShardRouter<string, string>(new HashShardStrategy<string>(16), new ShardMap(16, ["x", "y"]), shardId => shardId);
bool works = ring.GetNode("key").Id is "a" or "b"
    && cache.GetOrAdd("key", static key => key.Length) == 3 && cache.TryGet("key", out int length) && length == 3
    && clock.Descends(VectorClock.Empty)
    && SnowflakeLayout.Twitter.Decode(id).Server == 2
    && router.Route("key").Shard is "x" or "y";
Console.WriteLine(works ? "all five namespaces work" : "something is broken");
return works ? 0 : 1;
