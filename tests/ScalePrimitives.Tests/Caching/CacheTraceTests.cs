using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>Hits on recorded traces against those of textbook simulators (see Vectors/cache-traces/README.md).</summary>
public class CacheTraceTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Vectors", "cache-traces");

    [Theory]
    [InlineData("LRU", EvictionPolicy.Lru)]
    [InlineData("FIFO", EvictionPolicy.Fifo)]
    public void The_exact_policies_hit_as_often_as_the_textbook_simulators(string name, EvictionPolicy policy)
    {
        var rows = Baseline().Where(row => row.Policy == name).ToList();
        Assert.Equal(10, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.Hits, HitsOf(row.Trace, row.Capacity, policy)));
    }

    // Pins the design of the policy as a whole: any change of it, wanted or not, shows here.
    [Theory]
    [InlineData("lirs-gli", 506, 968, 1991, 3015, 3326)]
    [InlineData("lirs-multi1", 6861, 7707, 8745, 10935, 13177)]
    public void Adaptive_with_a_fixed_seed_hits_exactly_as_often_as_it_always_has(string trace, params int[] golden)
    {
        int[] capacities = [.. Baseline().Where(row => row.Trace == trace && row.Policy == "LRU").Select(row => row.Capacity).Order()];
        Assert.Equal(golden, capacities.Select(capacity => HitsOf(trace, capacity, EvictionPolicy.Adaptive)));
    }

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lfu)]
    public void No_policy_hits_more_often_than_the_optimum(EvictionPolicy policy)
    {
        var rows = Baseline().Where(row => row.Policy == "OPT").ToList();
        Assert.Equal(10, rows.Count);
        Assert.All(rows, row => Assert.InRange(HitsOf(row.Trace, row.Capacity, policy), 1, row.Hits));
    }

    [Fact]
    public void Lfu_hits_as_often_as_the_naive_list()
    {
        foreach (int capacity in (int[])[126, 505, 1770])
        {
            var naive = new NaiveCache(capacity, EvictionPolicy.Lfu);
            int hits = 0;
            foreach (ulong key in Load("lirs-gli"))
            {
                int before = naive.Removed.Count;
                if (naive.TryGet((int)key, out _))
                {
                    hits++;
                }
                else
                {
                    naive.Set((int)key, before);
                }
            }

            Assert.Equal(hits, HitsOf("lirs-gli", capacity, EvictionPolicy.Lfu));
        }
    }

    private static int HitsOf(string trace, int capacity, EvictionPolicy policy)
    {
        using var cache = new Cache<ulong, bool>(new CacheOptions<ulong, bool> { Capacity = capacity, Policy = policy, RecordStatistics = true, Seed = 1 });
        foreach (ulong key in Load(trace))
        {
            cache.GetOrAdd(key, false, static (_, _) => true);
        }

        cache.CheckIntegrity();
        return (int)cache.Statistics.Hits!.Value;
    }

    internal static ulong[] Load(string trace)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(Folder, trace + ".u64.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return MemoryMarshal.Cast<byte, ulong>(bytes.ToArray()).ToArray();
    }

    private static IEnumerable<(string Trace, int Capacity, string Policy, int Hits)> Baseline() =>
        File.ReadLines(Path.Combine(Folder, "baseline.csv")).Skip(1).Select(line => line.Split(',')).Select(cells =>
            (cells[0], int.Parse(cells[3], CultureInfo.InvariantCulture), cells[4], int.Parse(cells[5], CultureInfo.InvariantCulture)));
}
