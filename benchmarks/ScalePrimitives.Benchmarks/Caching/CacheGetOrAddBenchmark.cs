using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>What does get-or-add cost when ten times as many keys are asked for as fit? Misses and evictions included; one thread.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "The global cleanup disposes the fields.")]
public class CacheGetOrAddBenchmark
{
    private const int Capacity = 100_000;
    private const int KeyCount = 10 * Capacity;
    private const int RequestCount = 1 << 20;

    private readonly long[] _requests = ZipfKeys.Sample(KeyCount, RequestCount, seed: 1);
    private readonly FastConcurrentLru<long, long> _bitFasterLru = new(1, Capacity, EqualityComparer<long>.Default);
    private readonly ConcurrentLfu<long, long> _bitFasterLfu = new(Capacity);
    private readonly MemoryCache _memoryCache = new(new MemoryCacheOptions { SizeLimit = Capacity });
    private readonly Cache<long, long> _adaptive = new(Capacity, EvictionPolicy.Adaptive);
    private readonly Cache<long, long> _lru = new(Capacity, EvictionPolicy.Lru);
    private readonly Cache<long, long> _lfu = new(Capacity, EvictionPolicy.Lfu);
    private readonly Cache<long, long> _fifo = new(Capacity, EvictionPolicy.Fifo);

    [GlobalCleanup]
    public void Cleanup()
    {
        _adaptive.Dispose();
        _lru.Dispose();
        _lfu.Dispose();
        _fifo.Dispose();
        _memoryCache.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = RequestCount)]
    public long BitFasterFastConcurrentLru()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _bitFasterLru.GetOrAdd(key, static key => key);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long BitFasterConcurrentLfu()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _bitFasterLfu.GetOrAdd(key, static key => key);
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long MemoryCache()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            if (!_memoryCache.TryGetValue(key, out long value))
            {
                value = _memoryCache.Set(key, key, new MemoryCacheEntryOptions { Size = 1 });
            }

            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long Adaptive() => SumOf(_adaptive);

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long Lru() => SumOf(_lru);

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long Lfu() => SumOf(_lfu);

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long Fifo() => SumOf(_fifo);

    private long SumOf(Cache<long, long> cache)
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += cache.GetOrAdd(key, 0, static (key, _) => key);
        }

        return sum;
    }
}
