namespace ScalePrimitives.Caching;

/// <summary>A node that weighs, expires or is refreshed, larger by what that takes. Its value never changes: a write gives it a successor.</summary>
internal sealed class TermsNode<TKey, TValue>(uint hash, TKey key, TValue value, in EntryTerms terms)
    : CacheNode<TKey, TValue>(hash, key, value, hasTerms: true)
    where TKey : notnull
{
    private readonly long _expiresAt = terms.ExpiresAt; // first, beside the value: a hit reads both
    private readonly long _weight = terms.Weight;
    private long _accessedAt = terms.WrittenAt;
    private long _refreshAt = terms.RefreshAt;
    private int _frequencyList;
    private EntryTimer _timer;

    /// <inheritdoc/>
    public override long Weight => _weight;

    /// <inheritdoc/>
    public override ref int FrequencyList => ref _frequencyList;

    /// <inheritdoc/>
    public override ref EntryTimer Timer => ref _timer;

    /// <summary>Gets when the value expires, however often it is read; <see cref="long.MaxValue"/> means never.</summary>
    public long ExpiresAt => _expiresAt;

    /// <summary>Gets or sets when the value was last read or written. Readers set it without a lock: of several at the same moment the last one counts.</summary>
    public long AccessedAt
    {
        get => Volatile.Read(ref _accessedAt);
        set => Volatile.Write(ref _accessedAt, value);
    }

    /// <summary>Gets when the value is to be loaded anew; <see cref="long.MaxValue"/> means never, or that it is being loaded.</summary>
    public long RefreshAt => Volatile.Read(ref _refreshAt);

    /// <summary>Lets one of several callers that find the value due load it anew.</summary>
    /// <param name="due">What <see cref="RefreshAt"/> was.</param>
    public bool TryClaimRefresh(long due) => Interlocked.CompareExchange(ref _refreshAt, long.MaxValue, due) == due;

    /// <summary>Lets the next caller try again, after a refresh that failed.</summary>
    public void RefreshAgain(long due) => Volatile.Write(ref _refreshAt, due);
}
