namespace ScalePrimitives.Sharding;

/// <summary>What a router counts: what went another way than straight to its shard. Thread-safe.</summary>
internal sealed class ShardRouterCounts
{
    private long _redirects;
    private long _frozen;
    private long _expired;

    public long Redirects => Volatile.Read(ref _redirects);

    public long FrozenSlots => Volatile.Read(ref _frozen);

    public long ExpiredMaps => Volatile.Read(ref _expired);

    public void Redirected() => Interlocked.Increment(ref _redirects);

    public void Frozen() => Interlocked.Increment(ref _frozen);

    public void Expired() => Interlocked.Increment(ref _expired);
}
