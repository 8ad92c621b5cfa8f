using System.Runtime.CompilerServices;
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

    // Of each type keys whose own hash codes are all alike, which anybody can make.
    [Theory]
    [InlineData(1)]
    [InlineData(0x1234_5678_9ABC_DEF0)]
    [InlineData(ulong.MaxValue)]
    public void Keys_made_to_have_one_hash_code_get_short_chains(ulong seed)
    {
        var crowded = new List<string>();
        AssertShort("Guid, two halves alike", i => new Guid(i, 0, 0, 0, 0, 0, 0, (byte)(i >> 24), (byte)(i >> 16), (byte)(i >> 8), (byte)i), sameCode: false);
        AssertShort("Guid, code 0", i => ToGuid(i, i, 0, 0), sameCode: true);
        AssertShort("Guid, code 0 in other words", i => ToGuid(0, i, 0, i), sameCode: true);
        AssertShort("Guid, in a row", i => ToGuid(0, 0, 0, i), sameCode: false);
        AssertShort("Guid, first word", i => ToGuid(i, 0, 0, 0), sameCode: false);
        AssertShort("Guid, version 7", i => Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMilliseconds(i)), sameCode: false);
        AssertShort("UInt128", i => new UInt128(Folding(i), Folding(i + 1)), sameCode: true);
        AssertShort("Int128", i => new Int128(Folding(3 * i), Folding(i)), sameCode: true);
        AssertShort("pair of long", i => ((long)Folding(i), (long)Folding(7 * i)), sameCode: true);
        AssertShort("pair of ulong", i => (Folding(i), 0UL), sameCode: true);
        AssertShort("pair of ulong, in a grid", i => ((ulong)(i % 64), (ulong)(i / 64)), sameCode: false);
        AssertShort("nint", i => (nint)Folding(i), sameCode: true);
        AssertShort("TimeSpan", i => TimeSpan.FromTicks((long)Folding(i)), sameCode: true);
        AssertShort("DateTime", i => new DateTime((long)Folding(i)), sameCode: true);
        AssertShort("DateTimeOffset", i => new DateTimeOffset((long)Folding(i), TimeSpan.Zero), sameCode: true);
        Assert.True(crowded.Count == 0, string.Join('\n', crowded));

        static ulong Folding(int i) => ((ulong)i << 32) | (uint)i; // the halves cancel each other out

        static Guid ToGuid(int a, int b, int c, int d) => Unsafe.BitCast<Int128, Guid>(new Int128(((ulong)(uint)d << 32) | (uint)c, ((ulong)(uint)b << 32) | (uint)a));

        void AssertShort<TKey>(string shape, Func<int, TKey> keyOf, bool sameCode)
            where TKey : notnull
        {
            const int count = 1 << 12;
            var table = new CacheTable<TKey, int>(comparer: null, seed);
            int[] lengths = new int[count];
            double places = 0;
            for (int i = 0; i < count; i++)
            {
                TKey key = keyOf(i);
                Assert.True(!sameCode || key.GetHashCode() == keyOf(1).GetHashCode(), $"{shape}: the codes differ.");
                places += ++lengths[table.HashOf(key) & (count - 1)];
            }

            if (lengths.Max() > 14 || places / count > 2)
            {
                crowded.Add($"{shape}: chains of up to {lengths.Max()}, found at the place {places / count:F2} on average");
            }
        }
    }

    [Fact]
    public void Times_that_are_equal_have_one_hash_whatever_their_kind_and_offset()
    {
        DateTime utc = new(2026, 11, 28, 9, 0, 0, DateTimeKind.Utc);
        var times = new CacheTable<DateTime, int>(comparer: null, seed: 1);
        Assert.Equal(times.HashOf(utc), times.HashOf(DateTime.SpecifyKind(utc, DateTimeKind.Local)));
        var offsets = new CacheTable<DateTimeOffset, int>(comparer: null, seed: 1);
        Assert.Equal(offsets.HashOf(new DateTimeOffset(utc)), offsets.HashOf(new DateTimeOffset(utc).ToOffset(TimeSpan.FromHours(2))));
    }

    // Trimmed and grown over and over, while readers look for keys that are there all the time.
    [Theory]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void A_reader_finds_each_key_that_is_there_while_the_table_is_trimmed(int hashCodes)
    {
        const int steadyCount = 20;
        var table = new CacheTable<int, int>(hashCodes == int.MaxValue ? null : new FewCodes(hashCodes), seed: 1);
        for (int key = 0; key < steadyCount; key++)
        {
            Add(table, key, key);
        }

        int missed = 0;
        long trimmed = table.ReservedBytes;
        Concurrently.Run(readers: 2, reads: 100_000, round =>
        {
            int key = round % steadyCount;
            if (table.Find(key, table.HashOf(key)) is not { } node || node.Key != key)
            {
                Interlocked.Increment(ref missed);
            }
        }, write: _ =>
        {
            const int others = 500;
            for (int i = 0; i < others; i++)
            {
                Add(table, 1000 + i, i);
            }

            for (int i = 0; i < others; i++)
            {
                table.Remove(table.Find(1000 + i, table.HashOf(1000 + i))!);
            }

            table.Trim();
            Assert.InRange(table.ReservedBytes, 1, 2 * trimmed);
            table.CheckIntegrity();
        });
        Assert.Equal(0, missed);
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
