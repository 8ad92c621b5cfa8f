namespace ScalePrimitives.Caching;

/// <summary>
/// Which terms a cache gives its entries: weight, expiry, refresh. The only place that calls the functions of the caller's
/// that say so; never under a lock. Immutable.
/// </summary>
/// <remarks>Times are timestamps of the provider's monotonic clock, which nobody sets back.</remarks>
internal sealed class CacheTerms<TKey, TValue>(CacheOptions<TKey, TValue> options)
    where TKey : notnull
{
    private const long Never = long.MaxValue;

    private readonly TimeProvider _timeProvider = options.TimeProvider;
    private readonly Func<TKey, TValue, long>? _weigher = options.Weigher;
    private readonly Func<TKey, TValue, TimeSpan>? _expireAfter = options.ExpireAfter;
    private readonly long _expireAfterWrite = DurationOf(options.ExpireAfterWrite, options.TimeProvider);
    private readonly long _expireAfterAccess = DurationOf(options.ExpireAfterAccess, options.TimeProvider);
    private readonly long _refreshAfterWrite = DurationOf(options.RefreshAfterWrite, options.TimeProvider);

    /// <summary>Gets a value indicating whether the cache gives every entry terms; else only those do that are set with a time to live.</summary>
    public bool ApplyToAll { get; } = options is not { Weigher: null, ExpireAfter: null, ExpireAfterWrite: null, ExpireAfterAccess: null, RefreshAfterWrite: null };

    /// <summary>Gets a value indicating whether the cache's options say when entries expire.</summary>
    public bool MayExpire { get; } = options is not { ExpireAfter: null, ExpireAfterWrite: null, ExpireAfterAccess: null };

    /// <summary>Gets a value indicating whether the caller weighs the entries.</summary>
    public bool AreWeighed => _weigher is not null;

    public long Now => _timeProvider.GetTimestamp();

    /// <summary>Returns the terms of an entry that is written now.</summary>
    /// <exception cref="InvalidOperationException">The caller's function gave a negative weight.</exception>
    public EntryTerms Of(TKey key, TValue value, TimeSpan? timeToLive)
    {
        if (!ApplyToAll && timeToLive is null)
        {
            return default;
        }

        long weight = _weigher is null ? 1 : _weigher(key, value);
        if (weight < 0)
        {
            throw new InvalidOperationException($"The weigher gave {weight}. A weight is 0 or more.");
        }

        // What the call says wins over what the options say of writes.
        long lifetime = timeToLive is { } given ? DurationOf(given, _timeProvider) : _expireAfterWrite;
        if (timeToLive is null && _expireAfter is not null)
        {
            lifetime = Math.Min(lifetime, DurationOf(_expireAfter(key, value), _timeProvider));
        }

        // Read after the functions, which may have taken long.
        bool isTimed = lifetime != Never || _expireAfterAccess != Never || _refreshAfterWrite != Never;
        long now = isTimed ? Now : 0;
        return new EntryTerms(weight, now, After(now, lifetime), After(now, _refreshAfterWrite));
    }

    /// <summary>Says whether a read of the entry at any time can find it expired.</summary>
    public bool Expires(TermsNode<TKey, TValue> node) => node.ExpiresAt != Never || _expireAfterAccess != Never;

    public bool IsExpired(TermsNode<TKey, TValue> node, long now) => now >= DeadlineOf(node);

    /// <summary>Returns when the entry expires if nobody reads it before.</summary>
    public long DeadlineOf(TermsNode<TKey, TValue> node) => Math.Min(node.ExpiresAt, After(node.AccessedAt, _expireAfterAccess));

    /// <summary>Notes a read of the entry, which puts its expiry off when that counts from the last access.</summary>
    /// <returns>Whether the entry had not expired; else nothing is noted.</returns>
    public bool TryUse(TermsNode<TKey, TValue> node)
    {
        if (_expireAfterAccess == Never)
        {
            return node.ExpiresAt == Never || Now < node.ExpiresAt;
        }

        long now = Now;
        bool isLive = !IsExpired(node, now);

        // Overlapping readers may read the clock in one order and come here in the other.
        if (isLive && node.AccessedAt < now)
        {
            node.AccessedAt = now;
        }

        return isLive;
    }

    public TimerWheel NewWheel() => new(_timeProvider.TimestampFrequency, Now);

    private static long After(long now, long duration)
    {
        long end = unchecked(now + duration);
        return duration == Never || end < now ? Never : end; // less is an overflow, for a duration is not negative
    }

    // Rounded up, so that nothing expires early; what is longer than a timestamp can say never ends.
    private static long DurationOf(TimeSpan? duration, TimeProvider timeProvider)
    {
        if (duration is not { } set || set == TimeSpan.MaxValue || set == Timeout.InfiniteTimeSpan)
        {
            return Never;
        }

        Int128 units = (((Int128)Math.Max(set.Ticks, 0) * timeProvider.TimestampFrequency) + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;
        return units > Never ? Never : (long)units;
    }
}
