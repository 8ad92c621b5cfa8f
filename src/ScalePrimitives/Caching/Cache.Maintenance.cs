namespace ScalePrimitives.Caching;

/// <content>How entries come in and go out. Everything here runs under the lock, but for the calls that take it.</content>
public sealed partial class Cache<TKey, TValue>
{
    // So that a write pays for a few expired entries and not for all that had the same deadline.
    private const int ExpiredPerWrite = 64;

    private int _capacity;
    private long _maxWeight;
    private long _weight; // 0 when entries are counted only
    private long _evictions;
    private TimerWheel? _wheel; // once an entry can expire
    private bool _disposed;

    /// <summary>Takes out the values that have expired; until then they are not returned, but take their place. O(their number).</summary>
    /// <returns>How many values have left.</returns>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    public int RemoveExpired() => RemoveExpired(maxSteps: int.MaxValue);

    /// <summary>Checks that table, policy, wheel and bounds agree, and that no load is left; for tests, when no call is in progress.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    internal void CheckIntegrity()
    {
        using (_gate.EnterScope())
        {
            _reads?.Replay();
            _table.CheckIntegrity();
            _wheel?.CheckIntegrity();
            CacheNode<TKey, TValue>[] nodes = _table.ToArray();
            Integrity.Require(nodes.Length <= _capacity, "the cache holds no more entries than its capacity");
            Integrity.Require(_weight <= _maxWeight, "the entries weigh no more than allowed");
            Integrity.Require(_weight == (_terms.AreWeighed ? nodes.Sum(node => node.Weight) : 0), "the weight is the sum of the entries'");
            HashSet<CacheEntry> known = [.. _policy.CheckedEntries()];
            Integrity.Require(known.SetEquals(nodes), "the policy knows exactly the entries of the table");
            Integrity.Require((_wheel?.Count ?? 0) == nodes.Count(CanExpire), "the wheel holds exactly the entries that can expire");
            Integrity.Require(_syncLoads.Count == 0 && _asyncLoads.Count == 0, "no load is left when no call is in progress");
        }

        bool CanExpire(CacheNode<TKey, TValue> node) => node.HasTerms && _terms.Expires(TermsOf(node));
    }

    /// <summary>Returns how many bytes the cache holds for entries that could come, besides those that are there; for tests.</summary>
    internal long ReservedBytes()
    {
        using (_gate.EnterScope())
        {
            return _table.ReservedBytes + _policy.ReservedBytes;
        }
    }

    // Without the lock.
    private CacheNode<TKey, TValue> NewNode(uint hash, TKey key, TValue value, in EntryTerms terms)
    {
        if (terms.AreNone)
        {
            return Policy == EvictionPolicy.Lfu ? new LfuNode<TKey, TValue>(hash, key, value) : new CacheNode<TKey, TValue>(hash, key, value);
        }

        var node = new TermsNode<TKey, TValue>(hash, key, value, terms);
        if (_wheel is null && _terms.Expires(node))
        {
            // Here, because it asks the clock, which is the caller's code and may fail.
            Interlocked.CompareExchange(ref _wheel, _terms.NewWheel(), null);
        }

        return node;
    }

    // Without the lock: the entry stays what it is and where it is, and gets another value. That supersedes no load, because
    // none that could be joined is left of a key that has a value: whoever stored it has superseded them.
    private bool TrySetInPlace(TKey key, uint hash, TValue value)
    {
        if (!CacheNode<TKey, TValue>.IsValueAtomic || _table.Find(key, hash) is not { HasTerms: false } node || !node.TryLock())
        {
            return false;
        }

        TValue replaced = node.Value;
        node.Value = value;
        node.Unlock();
        Touch(node);
        var removals = new Removals<TKey, TValue>(_reports);
        removals.AddReplaced(node, replaced);
        removals.Report();
        return true;
    }

    private void Store(CacheNode<TKey, TValue> node)
    {
        long now = NowIfTimed();
        var removals = new Removals<TKey, TValue>(_reports);
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            Put(node, now, ref removals);
        }

        removals.Report();
    }

    private void Put(CacheNode<TKey, TValue> node, long now, ref Removals<TKey, TValue> removals)
    {
        if (BeginWrite(node.Key, node.Hash, now, ref removals) is { } present)
        {
            Replace(present, node, now, ref removals);
        }
        else
        {
            Insert(node, now, ref removals);
        }
    }

    // Begins a write to a key, and returns its entry, unless that has expired. All that asks the key's comparer, which may
    // fail, comes before anything changes: what is collected in removals would never be reported.
    private CacheNode<TKey, TValue>? BeginWrite(TKey key, uint hash, long now, ref Removals<TKey, TValue> removals)
    {
        LoadsOfKey loads = LoadsOf(key, hash);
        CacheNode<TKey, TValue>? node = _table.Find(key, hash);
        loads.Supersede();
        CatchUp(now, ref removals);
        if (node is { IsDead: false } && IsExpired(node, now))
        {
            Kill(node, RemovalCause.Expired, ref removals);
        }

        return node is { IsDead: false } ? node : null;
    }

    // Before a writer looks at the policy: what readers have done since, and what has expired since.
    private void CatchUp(long now, ref Removals<TKey, TValue> removals)
    {
        _reads?.Replay();
        if (_wheel is { Count: > 0 })
        {
            KillExpired(now, ExpiredPerWrite, ref removals);
        }
    }

    // The key is not in the table. What may fail for want of memory comes first. Room is made before the policy hears of the
    // node, as its contract asks.
    private void Insert(CacheNode<TKey, TValue> node, long now, ref Removals<TKey, TValue> removals)
    {
        if (node.HasTerms && node.Weight > _maxWeight)
        {
            removals.Add(node, RemovalCause.Overweight);
            return;
        }

        _table.EnsureRoomForOne();
        _policy.EnsureRoomForOne();
        _table.Add(node);
        _weight += WeightOf(node);
        MakeRoom(now, ref removals);
        _policy.Added(node);
        Schedule(node);
        PrefetchVictim();
    }

    // What the next write will evict has lain untouched for long. Fetched now, its lines come while the lock is free, and not
    // one after the other while others wait for it.
    private void PrefetchVictim()
    {
        if (_table.Count >= _capacity && _policy.Foresee() is { } victim)
        {
            _table.Prefetch(victim.Hash);
        }
    }

    // The successor takes the present node's place in everything.
    private void Replace(CacheNode<TKey, TValue> present, CacheNode<TKey, TValue> node, long now, ref Removals<TKey, TValue> removals, bool isLocked = false)
    {
        if (node.HasTerms && node.Weight > _maxWeight)
        {
            Kill(present, RemovalCause.Replaced, ref removals, isLocked);
            removals.Add(node, RemovalCause.Overweight);
            return;
        }

        node.Key = present.Key;
        present.Kill(isLocked);
        _table.Replace(present, node);
        _policy.Replaced(present, node);
        _policy.Accessed(node);
        Unschedule(present);
        Schedule(node);
        _weight += WeightOf(node) - WeightOf(present);
        removals.Add(present, RemovalCause.Replaced);
        MakeRoom(now, ref removals);
    }

    // Expired entries make room before any other has to go.
    private void MakeRoom(long now, ref Removals<TKey, TValue> removals)
    {
        while (_table.Count > _capacity || _weight > _maxWeight)
        {
            if (_wheel is not { Count: > 0 } || KillExpired(now, maxSteps: 1, ref removals) == 0)
            {
                Kill((CacheNode<TKey, TValue>)_policy.NextVictim(), RemovalCause.Evicted, ref removals);
                _evictions++;
            }
        }
    }

    // The only way out for an entry, taken exactly once. Nothing here can throw halfway: the table goes by
    // the node's stored hash, not by the key's comparer.
    private void Kill(CacheNode<TKey, TValue> node, RemovalCause cause, ref Removals<TKey, TValue> removals, bool isLocked = false)
    {
        _table.Remove(node);
        Forget(node, cause, ref removals, isLocked);
    }

    private void Forget(CacheNode<TKey, TValue> node, RemovalCause cause, ref Removals<TKey, TValue> removals, bool isLocked = false)
    {
        node.Kill(isLocked);
        _policy.Removed(node);
        Unschedule(node);
        _weight -= WeightOf(node);
        removals.Add(node, cause);
    }

    private void KillAll(ref Removals<TKey, TValue> removals)
    {
        _syncLoads.SupersedeAll();
        _asyncLoads.SupersedeAll();
        _reads?.Replay();
        foreach (CacheNode<TKey, TValue> node in _table.Clear())
        {
            Forget(node, RemovalCause.Removed, ref removals);
        }

        _policy.Trim();
    }

    private int RemoveExpired(int maxSteps)
    {
        long now = _terms.Now;
        var removals = new Removals<TKey, TValue>(_reports);
        int count = 0;
        using (_gate.EnterScope())
        {
            ThrowIfDisposed();
            _reads?.Replay();
            if (_wheel is not null)
            {
                count = KillExpired(now, maxSteps, ref removals);
            }
        }

        removals.Report();
        return count;
    }

    private int KillExpired(long now, int maxSteps, ref Removals<TKey, TValue> removals)
    {
        // Another call may have read the clock later and come here first. What the wheel gives out by that call's time would
        // not be expired by this one's, go back, and be given out again.
        now = Math.Max(now, _wheel!.Now);
        int count = 0;
        while (_wheel.NextDue(now, ref maxSteps) is TermsNode<TKey, TValue> node)
        {
            if (_terms.IsExpired(node, now))
            {
                Kill(node, RemovalCause.Expired, ref removals);
                count++;
            }
            else
            {
                Schedule(node); // it was read since
            }
        }

        return count;
    }

    // Read before the lock is taken: a clock may be the caller's code. The first instant, at which nothing is expired, where
    // nothing can be: an entry with the first deadline of a cache, set meanwhile, is not past it either.
    private long NowIfTimed() => _terms.MayExpire || _wheel is not null ? _terms.Now : long.MinValue;

    private long WeightOf(CacheNode<TKey, TValue> node) => _terms.AreWeighed ? node.Weight : 0;

    private void Schedule(CacheNode<TKey, TValue> node)
    {
        if (node.HasTerms && TermsOf(node) is var terms && _terms.Expires(terms))
        {
            terms.Timer.Deadline = _terms.DeadlineOf(terms);
            _wheel!.Schedule(terms);
        }
    }

    private void Unschedule(CacheNode<TKey, TValue> node)
    {
        if (node.HasTerms)
        {
            _wheel?.Cancel(node);
        }
    }
}
