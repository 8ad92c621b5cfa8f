using ScalePrimitives.Benchmarks.Caching.Contenders;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>What does loading many keys by one call cost, beside one call a key? What one run of the factory instead of many saves comes on top.</summary>
internal sealed class BulkLoadQuestion : IPairedQuestion
{
    private const int BatchSize = 100;

    public string Name => "load-bulk";

    public string Title => "A key of a batch of 100, over 1,000,000 keys (scattered), Zipf 0.99, with room for 100,000; values are there at once.";

    public int MaxThreads => CacheWorkload.Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int capacity = CacheWorkload.Entries(isShort);
        var sampler = new ZipfSampler<long>(KeyShapes.First(KeyShapes.Scattered, 10 * capacity));
        return
        [
            new AsyncLoadContender<CacheAsyncPeer>("one by one", new CacheAsyncPeer(new Cache<long, long>(capacity)), new ZipfRequests<long>(sampler, CacheWorkload.Workers)),
            new Bulk(new Cache<long, long>(capacity), new ZipfRequests<long>(sampler, CacheWorkload.Workers)),
        ];
    }

    private sealed class Bulk(Cache<long, long> cache, IRequests<long> requests) : RequestContender<long>("GetOrAddManyAsync", requests)
    {
        private readonly long[][] _batches = [.. Enumerable.Range(0, requests.Workers).Select(_ => new long[BatchSize])];

        protected override long Serve(ReadOnlySpan<long> keys, int worker)
        {
            long sum = 0;
            for (; keys.Length >= BatchSize; keys = keys[BatchSize..])
            {
                sum += ServeBatch(keys[..BatchSize], _batches[worker]);
            }

            return keys.IsEmpty ? sum : sum + ServeBatch(keys, new long[keys.Length]);
        }

        private long ServeBatch(ReadOnlySpan<long> keys, long[] batch)
        {
            keys.CopyTo(batch);
            ValueTask<IReadOnlyDictionary<long, long>> values = cache.GetOrAddManyAsync(
                batch,
                0,
                static (missing, _, _) => ValueTask.FromResult<IReadOnlyDictionary<long, long>>(missing.ToDictionary(key => key)));

            // Not completed where the other worker loads one of the keys at this moment.
            return (values.IsCompletedSuccessfully ? values.Result : values.AsTask().GetAwaiter().GetResult()).Count;
        }
    }
}
