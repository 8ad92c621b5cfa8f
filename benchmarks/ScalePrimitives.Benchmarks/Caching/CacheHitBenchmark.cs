using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>What does a hit cost, beside a lookup in a dictionary that evicts nothing? All keys are resident; one thread.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "The global cleanup disposes the fields.")]
public class CacheHitBenchmark
{
    private const int KeyCount = 100_000;
    private const int Capacity = 2 * KeyCount; // so that no peer evicts, whatever it reserves for its queues
    private const int RequestCount = 1 << 17;

    private readonly long[] _requests = ZipfKeys.Sample(KeyCount, RequestCount, seed: 1);
    private readonly ConcurrentDictionary<long, long> _dictionary = new();
    private readonly Cache<long, long> _adaptive = new(Capacity, EvictionPolicy.Adaptive);
    private readonly Cache<long, long> _lru = new(Capacity, EvictionPolicy.Lru);
    private readonly Cache<long, long> _lfu = new(Capacity, EvictionPolicy.Lfu);
    private readonly Cache<long, long> _fifo = new(Capacity, EvictionPolicy.Fifo);
    private readonly FastConcurrentLru<long, long> _bitFasterLru = new(1, Capacity, EqualityComparer<long>.Default);
    private readonly ConcurrentLfu<long, long> _bitFasterLfu = new(Capacity);
    private readonly MemoryCache _memoryCache = new(new MemoryCacheOptions());

    [GlobalSetup]
    public void Fill()
    {
        for (int rank = 0; rank < KeyCount; rank++)
        {
            long key = ZipfKeys.Key(rank);
            _dictionary[key] = rank;
            _adaptive.Set(key, rank);
            _lru.Set(key, rank);
            _lfu.Set(key, rank);
            _fifo.Set(key, rank);
            _bitFasterLru.AddOrUpdate(key, rank);
            _bitFasterLfu.AddOrUpdate(key, rank);
            _memoryCache.Set(key, (long)rank);
        }
    }

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
    public long ConcurrentDictionary()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _dictionary.TryGetValue(key, out long value) ? value : throw new InvalidOperationException("A key is missing.");
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

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long BitFasterFastConcurrentLru()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _bitFasterLru.TryGet(key, out long value) ? value : throw new InvalidOperationException("A key is missing.");
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long BitFasterConcurrentLfu()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _bitFasterLfu.TryGet(key, out long value) ? value : throw new InvalidOperationException("A key is missing.");
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = RequestCount)]
    public long MemoryCache()
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += _memoryCache.TryGetValue(key, out long value) ? value : throw new InvalidOperationException("A key is missing.");
        }

        return sum;
    }

    private long SumOf(Cache<long, long> cache)
    {
        long sum = 0;
        foreach (long key in _requests)
        {
            sum += cache.TryGet(key, out long value) ? value : throw new InvalidOperationException("A key is missing.");
        }

        return sum;
    }
}
