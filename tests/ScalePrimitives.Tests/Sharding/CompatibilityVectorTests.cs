using System.Globalization;
using System.Text.Json;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>Keys are found where other systems have put them; Vectors/sharding-vectors/README.md names the sources.</summary>
public class CompatibilityVectorTests
{
    [Fact]
    public void Redis_slots()
    {
        var redis = new RedisShardStrategy();
        IReadOnlyList<IReadOnlyDictionary<string, string>> table = Support.Vectors.ReadCsv("sharding-vectors", "redis-slot-table.csv");
        Assert.Equal(9_830, table.Count);
        Assert.All(table, row => Assert.Equal(int.Parse(row["slot"], CultureInfo.InvariantCulture), redis.GetSlot(row["key"])));
        JsonElement[] keys = Rows("redis-keyslot.json");
        Assert.Equal(27, keys.Length);
        foreach (JsonElement row in keys)
        {
            int slot = row.GetProperty("slot").GetInt32();
            Assert.Equal(slot, RedisShardStrategy.SlotOf(Convert.FromHexString(row.GetProperty("keyHex").GetString()!)));
            Assert.True(row.GetProperty("keyUtf8").GetString() is not { } text || redis.GetSlot(text) == slot, $"{row}");
        }
    }

    [Fact]
    public void Partitions_of_PostgreSQL()
    {
        JsonElement[] rows = Rows("postgres-hash-partition.json");
        Assert.Equal(35, rows.Length);
        foreach (JsonElement row in rows)
        {
            string value = row.GetProperty("value").GetString()!;
            foreach (int modulus in (int[])[4, 7, 16])
            {
                int slot = row.GetProperty("type").GetString() switch
                {
                    "bigint" => new PostgresShardStrategy<long>(modulus).GetSlot(long.Parse(value, CultureInfo.InvariantCulture)),
                    "uuid" => new PostgresShardStrategy<Guid>(modulus).GetSlot(Guid.Parse(value)),
                    _ => new PostgresShardStrategy<string>(modulus).GetSlot(value),
                };
                Assert.True(row.GetProperty($"remainderMod{modulus}").GetInt32() == slot, $"{row}: {slot} of {modulus}");
            }

            ulong hash = row.GetProperty("type").GetString() switch
            {
                "bigint" => PostgresHash.OfInt64(long.Parse(value, CultureInfo.InvariantCulture), seed: 0),
                "uuid" => PostgresHash.OfBytes(Guid.Parse(value).ToByteArray(bigEndian: true), seed: 0),
                _ => PostgresHash.OfBytes(System.Text.Encoding.UTF8.GetBytes(value), seed: 0),
            };
            Assert.Equal(row.GetProperty("hash32").GetInt32(), (int)hash);
            Assert.Equal(long.Parse(row.GetProperty("hash64").GetString()!, CultureInfo.InvariantCulture), (long)hash);
        }
    }

    [Fact]
    public void Keyspace_ids_of_Vitess()
    {
        int checkedRows = 0;
        foreach (JsonElement row in Rows("vitess-vindexes.json"))
        {
            JsonElement input = row.GetProperty("input");
            if (row.GetProperty("vindex").GetString() is not ("hash" or "xxhash") || !row.TryGetProperty("keyspaceId", out JsonElement id) || !input.TryGetProperty("value", out JsonElement text))
            {
                continue;
            }

            string value = text.GetString()!;
            ulong keyspaceId = (row.GetProperty("vindex").GetString(), input.GetProperty("type").GetString()) switch
            {
                ("hash", "int64") => new VitessShardStrategy<long>(VitessVindex.Hash).GetKeyspaceId(long.Parse(value, CultureInfo.InvariantCulture)),
                ("hash", "uint64") => new VitessShardStrategy<ulong>(VitessVindex.Hash).GetKeyspaceId(ulong.Parse(value, CultureInfo.InvariantCulture)),
                ("xxhash", "int64") => new VitessShardStrategy<long>(VitessVindex.XxHash).GetKeyspaceId(long.Parse(value, CultureInfo.InvariantCulture)),
                ("xxhash", "uint64") => new VitessShardStrategy<ulong>(VitessVindex.XxHash).GetKeyspaceId(ulong.Parse(value, CultureInfo.InvariantCulture)),
                _ => new VitessShardStrategy<string>(VitessVindex.XxHash).GetKeyspaceId(value),
            };
            Assert.Equal(id.GetString(), keyspaceId.ToString("x16", CultureInfo.InvariantCulture));
            checkedRows++;
        }

        Assert.Equal(12, checkedRows);
        Assert.Equal(0x16, new VitessShardStrategy<long>(VitessVindex.Hash).GetSlot(1));
        Assert.Equal(0x1, new VitessShardStrategy<long>(VitessVindex.Hash, 16).GetSlot(1));
    }

    [Fact]
    public void Long_keys_hash_as_short_ones_do()
    {
        string key = new('x', 5_000);
        Assert.Equal(new RedisShardStrategy().GetSlot("a{" + key + "}b"), new RedisShardStrategy().GetSlot(key));
        Assert.InRange(new PostgresShardStrategy<string>(7).GetSlot(key), 0, 6);
        Assert.InRange(new VitessShardStrategy<string>(VitessVindex.XxHash).GetSlot(key), 0, 255);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>("key", () => new RedisShardStrategy().GetSlot(null!));
        Assert.Throws<ArgumentNullException>("key", () => new PostgresShardStrategy<string>(4).GetSlot(null!));
        Assert.Throws<ArgumentNullException>("key", () => new VitessShardStrategy<string>(VitessVindex.XxHash).GetSlot(null!));
        Assert.Throws<ArgumentOutOfRangeException>("modulus", () => new PostgresShardStrategy<long>(0));
        Assert.Throws<NotSupportedException>(() => new PostgresShardStrategy<int>(4));
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new VitessShardStrategy<long>(VitessVindex.Hash, 100));
        Assert.Throws<NotSupportedException>(() => new VitessShardStrategy<string>(VitessVindex.Hash));
        Assert.Throws<ArgumentOutOfRangeException>("vindex", () => new VitessShardStrategy<long>((VitessVindex)9));
    }

    private static JsonElement[] Rows(string file) => [.. Support.Vectors.ReadJson("sharding-vectors", file).EnumerateArray()];
}
