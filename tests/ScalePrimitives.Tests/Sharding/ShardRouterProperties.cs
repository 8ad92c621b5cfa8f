using FsCheck;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class ShardRouterProperties
{
    [Property]
    public bool A_key_changes_its_shard_only_when_its_slot_moves(byte[] moves, int[] keys)
    {
        var strategy = new HashShardStrategy<int>(32);
        var router = new ShardRouter<int, string>(strategy, new ShardMap(32, ["a", "b", "c"]), id => id);
        foreach (byte move in moves)
        {
            Dictionary<int, ShardRoute<string>> before = keys.Distinct().ToDictionary(key => key, router.Route);
            int slot = move % 32;
            string target = router.Map.ShardIds[move / 32 % 3];
            router.TryUpdate(router.Map.Move([slot], target));
            foreach ((int key, ShardRoute<string> old) in before)
            {
                ShardRoute<string> expected = old.Slot == slot && old.Shard != target ? new(target, slot, router.Map.Version) : old;
                if (router.Route(key) != expected)
                {
                    return false;
                }
            }
        }

        return true;
    }

    [Property]
    public bool Whatever_order_maps_arrive_in_the_newest_stays(int[] order)
    {
        ShardMap[] versions = [new ShardMap(16, ["a", "b"])];
        for (int i = 0; i < 8; i++)
        {
            versions = [.. versions, versions[^1].Move([i], "b")];
        }

        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(16), versions[0], id => id);
        long newest = 1;
        foreach (int arriving in order.Select(i => Math.Abs(i % versions.Length)))
        {
            bool expected = versions[arriving].Version > newest;
            newest = Math.Max(newest, versions[arriving].Version);
            if (router.TryUpdate(versions[arriving]) != expected || router.Map.Version != newest)
            {
                return false;
            }
        }

        return true;
    }

    [Property]
    public bool Grouping_loses_and_adds_no_key(int[] keys)
    {
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(32), new ShardMap(32, ["a", "b", "c", "d"]), id => id);
        var groups = router.Group(keys);
        return groups.SelectMany(group => group.Keys).Order().SequenceEqual(keys.Order())
            && groups.All(group => group.Keys.Count > 0 && group.Keys.SequenceEqual(keys.Where(key => router.Route(key).Shard == group.ShardId)));
    }

    [Fact]
    public void Readers_see_whole_maps_and_never_an_older_one_after_a_newer()
    {
        // Version v has all slots on shard v mod 3: a route whose shard and epoch disagree would come from two maps.
        string[] ids = ["0", "1", "2"];
        var router = new ShardRouter<int, string>(new HashShardStrategy<int>(4), new ShardMap(4, ids).Move([0, 1, 2, 3], "1").Move([0, 1, 2, 3], "0"), id => id); // version 3, every epoch 3
        using var newest = new ThreadLocal<long>();
        Concurrently.Run(readers: 8, reads: 5_000, key =>
        {
            ShardRoute<string> route = router.Route(key);
            Assert.Equal(ids[route.Epoch % 3], route.Shard);
            Assert.True(route.Epoch >= newest.Value);
            Assert.Single(router.Group(key, key + 1, key + 2)); // one batch, one version
            newest.Value = route.Epoch;
        }, write: _ => router.TryUpdate(router.Map.Move([0, 1, 2, 3], ids[(router.Map.Version + 1) % 3])));
        Assert.True(router.Map.Version > 3, "The map was swapped while it was read.");
    }
}
