using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

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

    // A fair hash of as many keys as buckets finds them at the place 1.5 on average, in chains of up to about 8. A mask
    // alone would put them all into one.
    [Theory]
    [InlineData(1, 1 << 8)]
    [InlineData(2, 1 << 10)]
    [InlineData(0x1234_5678_9ABC_DEF0, 1 << 14)]
    [InlineData(ulong.MaxValue, 1 << 14)]
    public void Keys_in_rows_strides_and_ids_made_of_time_and_sequence_get_short_chains(ulong seed, int count)
    {
        var crowded = new List<string>();
        var table = new CacheTable<long, int>(comparer: null, seed);
        for (int shift = 0; shift <= 50; shift++)
        {
            AssertShort($"stride 2^{shift}", i => (long)i << shift);
            AssertShort($"odd stride {(1L << shift) + 1}", i => i * ((1L << shift) + 1));
        }

        AssertShort("negative", i => -i);
        AssertShort("ids of one server, a few a millisecond", i => (1_000_000L + (i / 3)) << 22 | 5 << 12 | (uint)(i % 3));
        AssertShort("ids of many servers, the first of each millisecond", i => (1_000_000L + (i / 16)) << 22 | (uint)(i % 16) << 12);
        AssertShort("ids of one server, one a second", i => (1_000L * i) << 22 | 5 << 12);
        AssertShort("two halves alike", i => ((long)i << 32) | (uint)i);
        Assert.True(crowded.Count == 0, string.Join('\n', crowded));

        void AssertShort(string shape, Func<int, long> keyOf)
        {
            int[] lengths = new int[count];
            double places = 0;
            for (int i = 0; i < count; i++)
            {
                places += ++lengths[table.HashOf(keyOf(i)) & (count - 1)];
            }

            if (lengths.Max() > 14 || places / count > 2)
            {
                crowded.Add($"{shape}: chains of up to {lengths.Max()}, found at the place {places / count:F2} on average");
            }
        }
    }

    // One writer adds keys, takes others out and replaces some, while the table grows to 16 or more times its size; readers look for
    // keys that are there all the time, in the same chains.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void A_reader_finds_each_key_that_is_there_while_chains_grow_shrink_and_are_unzipped(int hashCodes)
    {
        const int steadyCount = 8;
        int rounds = hashCodes == 1 ? 20 : 60;
        int additions = hashCodes == 1 ? 100 : 600;
        CacheTable<int, int> table = NewTable(0);
        int missed = 0;
        Concurrently.RunRounds(threads: 3, rounds, (thread, _) =>
        {
            if (thread == 0)
            {
                try
                {
                    Write();
                }
                finally
                {
                    table.Add(NewNode(table, -1, 0)); // the end, for the readers
                }
            }
            else
            {
                Read();
            }
        }, check: round => table = NewTable(round + 1));
        Assert.Equal(0, missed);

        CacheTable<int, int> NewTable(int seed)
        {
            var created = new CacheTable<int, int>(hashCodes == int.MaxValue ? null : new FewCodes(hashCodes), (ulong)seed);
            for (int key = 0; key < steadyCount; key++)
            {
                Add(created, key, 0);
            }

            return created;
        }

        void Read()
        {
            int[] keys = [.. Enumerable.Range(0, steadyCount)];
            uint[] hashes = [.. keys.Select(table.HashOf)];
            uint end = table.HashOf(-1);
            do
            {
                for (int i = 0; i < steadyCount; i++)
                {
                    if (table.Find(keys[i], hashes[i]) is not { } node || node.Key != keys[i])
                    {
                        Interlocked.Increment(ref missed);
                    }
                }
            }
            while (table.Find(-1, end) is null);
        }

        void Write()
        {
            var random = new Random(1);
            for (int i = 0; i < additions; i++)
            {
                Add(table, 1000 + i, i);
                int steady = random.Next(steadyCount);
                uint hash = table.HashOf(steady);
                table.Replace(table.Find(steady, hash)!, new CacheNode<int, int>(hash, steady, i));
                int other = 1000 + random.Next(i + 1);
                if (i % 3 == 0 && table.Find(other, table.HashOf(other)) is { } node)
                {
                    table.Remove(node);
                }

                if (i % 50 == 0)
                {
                    table.CheckIntegrity();
                    Assert.Equal(table.Count, table.ToArray().Select(node => node.Key).Distinct().Count());
                }
            }
        }
    }

    [Fact]
    public void An_array_of_twice_the_size_is_unzipped_before_it_is_doubled_again()
    {
        // Keys of one bucket, whatever the size, so that no addition comes to the others by itself.
        var table = new CacheTable<int, int>(new Far(), seed: 1);
        for (int key = 0; key < 5_000; key++)
        {
            Add(table, key, key);
            if ((key & (key + 1)) == 0)
            {
                table.CheckIntegrity();
            }
        }

        table.CheckIntegrity();
    }

    private static void Add(CacheTable<int, int> table, int key, int value)
    {
        table.EnsureRoomForOne();
        table.Add(NewNode(table, key, value));
    }

    private static CacheNode<int, int> NewNode(CacheTable<int, int> table, int key, int value) => new(table.HashOf(key), key, value);

    private sealed class FewCodes(int count) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => (obj & int.MaxValue) % count;
    }

    // Codes that agree in their low 13 bits.
    private sealed class Far : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => (obj % 4) << 13;
    }

    private sealed class Colliding : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => 17;
    }
}
