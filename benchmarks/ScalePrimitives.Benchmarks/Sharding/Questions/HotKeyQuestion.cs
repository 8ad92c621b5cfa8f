using System.Runtime.InteropServices;
using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding.Questions;

internal sealed class HotKeyQuestion : IPairedQuestion
{
    private const int Workers = 2;
    private const int Requests = 1 << 20;

    public string Name => "shard-hot-keys";

    public string Title => "A request recorded, text keys by a Zipf law of 0.99 over a million: 1,000 counters, beside the least that must be done, which is to read and hash the key, and a dictionary that counts all keys under a lock.";

    public int MaxThreads => Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        int keys = isShort ? 1_000 : 1_000_000;
        var sampler = new ZipfSampler<string>(KeyShapes.First(KeyShapes.Text, keys));
        string[][] sequences = [.. Enumerable.Range(1, Workers).Select(seed => Sequence(sampler, new Random(seed), isShort ? 1_000 : Requests))];
        return [new Hash(new RepeatedRequests<string>(sequences)), new Dictionary(new RepeatedRequests<string>(sequences)), new Detector(new RepeatedRequests<string>(sequences))];
    }

    private static string[] Sequence(ZipfSampler<string> sampler, Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => sampler.Next(random))];

    private sealed class Hash(IRequests<string> requests) : RequestContender<string>("hash of the key", requests)
    {
        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            long sum = 0;
            foreach (string key in keys)
            {
                sum += key.GetHashCode(StringComparison.Ordinal);
            }

            return sum;
        }
    }

    private sealed class Dictionary(IRequests<string> requests) : RequestContender<string>("dictionary of all keys", requests)
    {
        private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
        private readonly Lock _lock = new();

        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            long sum = 0;
            foreach (string key in keys)
            {
                lock (_lock)
                {
                    sum += ++CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
                }
            }

            return sum;
        }
    }

    private sealed class Detector(IRequests<string> requests) : RequestContender<string>("HotKeyDetector", requests)
    {
        private readonly HotKeyDetector<string> _detector = new();

        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            foreach (string key in keys)
            {
                _detector.Record(key);
            }

            return _detector.Total;
        }
    }
}
