using System.Diagnostics;

namespace ScalePrimitives.Caching;

/// <content>How entries come in and go out. Everything here runs under the lock.</content>
public sealed partial class Cache<TKey, TValue>
{
    /// <summary>Checks that table, policy and bound agree, and that no load is left; for tests, when no call is in progress.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    internal void CheckIntegrity()
    {
        lock (_gate)
        {
            _table.CheckIntegrity();
            Integrity.Require(_table.Count <= Capacity, "the cache holds no more entries than its capacity");
            HashSet<CacheEntry> known = [.. _policy.CheckedEntries()];
            Integrity.Require(known.SetEquals(_table.ToArray()), "the policy knows exactly the entries of the table");
            Integrity.Require(_syncLoads.Count == 0 && _asyncLoads.Count == 0, "no load is left when no call is in progress");
        }
    }

    private CacheNode<TKey, TValue> NewNode(uint hash, TKey key, TValue value) => Policy == EvictionPolicy.Lfu
        ? new LfuNode<TKey, TValue>(hash, key, value)
        : new CacheNode<TKey, TValue>(hash, key, value);

    // The key is not in the table. Room is made before the policy hears of the node, as its contract asks.
    private void Insert(CacheNode<TKey, TValue> node, ref Removals<TKey, TValue> removals)
    {
        _table.Add(node);
        Maintain(ref removals);
        _policy.Added(node);
    }

    private void Maintain(ref Removals<TKey, TValue> removals)
    {
        while (_table.Count > Capacity)
        {
            var victim = (CacheNode<TKey, TValue>)_policy.NextVictim();
            Kill(victim, RemovalCause.Evicted, ref removals);
            _evictions++;
        }
    }

    // The only way out for an entry, taken exactly once. Nothing here can throw halfway: the table goes by
    // the node's stored hash, not by the key's comparer.
    private void Kill(CacheNode<TKey, TValue> node, RemovalCause cause, ref Removals<TKey, TValue> removals)
    {
        Debug.Assert(!node.IsDead, "An entry is killed once.");
        node.IsDead = true;
        _table.Remove(node);
        _policy.Removed(node);
        removals.Add(node.Key, node.Value, cause);
    }

    private void KillAll(ref Removals<TKey, TValue> removals)
    {
        _syncLoads.SupersedeAll();
        _asyncLoads.SupersedeAll();
        foreach (CacheNode<TKey, TValue> node in _table.ToArray())
        {
            Kill(node, RemovalCause.Removed, ref removals);
        }
    }
}
