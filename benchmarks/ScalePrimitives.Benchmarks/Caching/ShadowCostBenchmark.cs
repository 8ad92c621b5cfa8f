using BenchmarkDotNet.Attributes;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>
/// What do the shadows add to a hit? A bare count of the read, beside a read that also puts the sampled share of the hashes
/// into the buffer: a full one, as where nothing is written, and one that an eviction for every 16 reads empties, where the
/// time is that of eviction and simulation too. One thread.
/// </summary>
public class ShadowCostBenchmark
{
    private const int RequestCount = 1 << 16;
    private const int ReadsPerEviction = 16;

    private CacheEntry[] _requests = [];
    private AdaptivePolicy _policy = new(1, seed: 1);

    [Params(1_000, 10_000, 100_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _policy = new AdaptivePolicy(Entries, seed: 1);
        var entries = new CacheEntry[Entries];
        for (int rank = 0; rank < Entries; rank++)
        {
            entries[rank] = new CacheEntry(unchecked((uint)rank * 0x9E37_79B9));
            _policy.EnsureRoomForOne();
            _policy.Added(entries[rank]);
        }

        var sampler = new ZipfSampler<CacheEntry>(entries);
        var random = new Random(1);
        _requests = [.. Enumerable.Range(0, RequestCount).Select(_ => sampler.Next(random))];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = RequestCount)]
    public void Count()
    {
        foreach (CacheEntry entry in _requests)
        {
            entry.CountRead();
        }
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public void Read()
    {
        foreach (CacheEntry entry in _requests)
        {
            Read(entry);
        }
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public void CountAndEvict()
    {
        for (int i = 0; i < _requests.Length; i++)
        {
            CacheEntry entry = _requests[i];
            entry.CountRead();

            EvictAndAdd(i);
        }
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public void ReadAndEvict()
    {
        for (int i = 0; i < _requests.Length; i++)
        {
            Read(_requests[i]);
            EvictAndAdd(i);
        }
    }

    // As a hit of the cache does.
    private void Read(CacheEntry entry)
    {
        if (entry.IsPlain)
        {
            entry.CountRead();
        }
        else
        {
            _policy.Read(entry);
        }
    }

    private void EvictAndAdd(int request)
    {
        if (request % ReadsPerEviction == 0)
        {
            CacheEntry victim = _policy.NextVictim();
            _policy.Removed(victim);
            _policy.EnsureRoomForOne();
            _policy.Added(victim);
        }
    }
}
