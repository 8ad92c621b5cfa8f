using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheTableTests
{
    [Property(MaxTest = 200, EndSize = 300)]
    public void It_equals_a_dictionary_even_when_all_hash_codes_collide(bool collide, (bool Add, byte Key)[] script)
    {
        var table = new CacheTable<int, int>(collide ? new Colliding() : null, seed: 1);
        var model = new Dictionary<int, int>();
        for (int step = 0; step < script.Length; step++)
        {
            int key = script[step].Key;
            uint hash = table.HashOf(key);
            CacheNode<int, int>? node = table.Find(key, hash);
            Assert.Equal(model.ContainsKey(key), node is not null);
            if (node is null)
            {
                table.EnsureRoomForOne();
                table.Add(new CacheNode<int, int>(hash, key, step));
                model.Add(key, step);
            }
            else if (!script[step].Add)
            {
                table.Remove(node);
                model.Remove(key);
            }

            Assert.Equal(model.Count, table.Count);
            table.CheckIntegrity();
        }

        Assert.Equal(model.OrderBy(pair => pair.Key), table.ToArray().Select(node => KeyValuePair.Create(node.Key, node.Value)).OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Keys_that_differ_in_their_high_bits_only_get_hashes_that_differ_in_their_low_bits()
    {
        var table = new CacheTable<long, int>(comparer: null, seed: 1);
        int distinct = Enumerable.Range(0, 1024).Select(i => table.HashOf((long)i << 22) & 1023).Distinct().Count();
        Assert.InRange(distinct, 580, 1024); // 647 = 1024 (1 - 1/e) expected of a random function
    }

    private sealed class Colliding : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => 17;
    }
}
