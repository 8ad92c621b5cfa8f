namespace ScalePrimitives.Caching;

/// <summary>
/// What one call took out of the cache: collected under the lock, reported after it. Collects nothing when nobody listens,
/// and allocates only from the second value on.
/// </summary>
internal struct Removals<TKey, TValue>(RemovalReports<TKey, TValue>? reports)
    where TKey : notnull
{
    private Removal<TKey, TValue> _first;
    private List<Removal<TKey, TValue>>? _others;

    /// <summary>Gets how many were collected.</summary>
    public int Count { get; private set; }

    public readonly Removal<TKey, TValue> this[int index] => index == 0 ? _first : _others![index - 1];

    /// <summary>Collects the value of a node that the cache has no more.</summary>
    public void Add(CacheNode<TKey, TValue> node, RemovalCause cause) => Add(new Removal<TKey, TValue>(node, cause));

    /// <summary>Collects a value of a node that has another one now.</summary>
    public void AddReplaced(CacheNode<TKey, TValue> node, TValue value) => Add(new Removal<TKey, TValue>(node, value));

    /// <summary>Reports them, outside the lock; see <see cref="RemovalReports{TKey, TValue}.Report"/>.</summary>
    public readonly void Report()
    {
        if (Count > 0)
        {
            reports!.Report(this);
        }
    }

    private void Add(in Removal<TKey, TValue> removal)
    {
        if (reports is null)
        {
            return;
        }

        if (Count++ == 0)
        {
            _first = removal;
        }
        else
        {
            (_others ??= []).Add(removal);
        }
    }
}
