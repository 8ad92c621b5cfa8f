namespace ScalePrimitives.Caching;

/// <summary>A value that has left the cache.</summary>
internal readonly struct Removal<TKey, TValue>
    where TKey : notnull
{
    private readonly CacheNode<TKey, TValue> _node;
    private readonly TValue? _replaced; // what the node had before, if it lives on
    private readonly bool _livesOn;

    /// <summary>The last value of a node that is dead, or that never came into the cache.</summary>
    public Removal(CacheNode<TKey, TValue> node, RemovalCause cause) => (_node, Cause) = (node, cause);

    /// <summary>A value in place of which the node has another one now.</summary>
    public Removal(CacheNode<TKey, TValue> node, TValue replaced) => (_node, _replaced, _livesOn, Cause) = (node, replaced, true, RemovalCause.Replaced);

    public TKey Key => _node.Key;

    public RemovalCause Cause { get; }

    /// <summary>Gets the value. Not under the cache's lock: it may have to wait for one that still writes it.</summary>
    public TValue Value => _livesOn ? _replaced! : _node.LastValue();
}
