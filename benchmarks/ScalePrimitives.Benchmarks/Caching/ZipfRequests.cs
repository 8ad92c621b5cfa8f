using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching;

/// <summary>
/// Requests that never begin anew: where not all keys fit, a sequence that is repeated would be learned, and hit too often.
/// </summary>
internal sealed class ZipfRequests<TKey>(ZipfSampler<TKey> sampler, int workers) : IRequests<TKey>
{
    private readonly Random[] _randoms = [.. Enumerable.Range(1, workers).Select(seed => new Random(seed))];
    private readonly TKey[][] _ready = [.. Enumerable.Repeat(Array.Empty<TKey>(), workers)];

    public int Workers => workers;

    public void Prepare(int worker, int count)
    {
        if (_ready[worker].Length < count)
        {
            _ready[worker] = new TKey[count];
        }

        foreach (ref TKey key in _ready[worker].AsSpan(0, count))
        {
            key = sampler.Next(_randoms[worker]);
        }
    }

    public ReadOnlySpan<TKey> Take(int worker, int maxCount) => _ready[worker].AsSpan(0, maxCount);
}
