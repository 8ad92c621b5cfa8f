using System.Globalization;
using ScalePrimitives.Benchmarks.Caching.Peers;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Caching.Contenders;

/// <summary>Looks up keys, loads those that are not there, and tells the share of those that were.</summary>
internal sealed class GetOrAddContender<TPeer>(string name, TPeer peer, IRequests<long> requests) : RequestContender<long>(name, requests)
    where TPeer : struct, IPeer<long>
{
    private readonly LoadCounter[] _loads = [.. Enumerable.Range(0, requests.Workers).Select(_ => new LoadCounter())];
    private readonly long[] _requests = new long[requests.Workers];
    private long _loadsTold;
    private long _requestsTold;

    public override string? TakeNote()
    {
        (long loads, long requests) = (_loads.Sum(counter => counter.Count), _requests.Sum());
        double hitRatio = 1 - ((double)(loads - _loadsTold) / (requests - _requestsTold));
        (_loadsTold, _requestsTold) = (loads, requests);
        return string.Create(CultureInfo.InvariantCulture, $"hit ratio {hitRatio:P2}");
    }

    protected override long Serve(ReadOnlySpan<long> keys, int worker)
    {
        long sum = 0;
        LoadCounter loads = _loads[worker];
        foreach (long key in keys)
        {
            sum += peer.GetOrAdd(key, loads);
        }

        _requests[worker] += keys.Length;
        return sum;
    }
}
