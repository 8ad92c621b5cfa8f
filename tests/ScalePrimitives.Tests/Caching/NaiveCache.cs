using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// The textbook policies as one writes them down first, with weights and expiry: a list in order of arrival or use, searched
/// from end to end. The model that the exact policies are compared with. Its clock must count in ticks of TimeSpan.
/// </summary>
internal sealed class NaiveCache(CacheOptions<int, int> options)
{
    private readonly bool _allHaveTerms = options is not { Weigher: null, ExpireAfterWrite: null, ExpireAfterAccess: null, ExpireAfter: null };

    // Oldest first: by use for Lru and Lfu, by arrival for Fifo.
    private readonly List<Entry> _entries = [];
    private int _capacity = options.Capacity == 0 ? int.MaxValue : options.Capacity;
    private long _maxWeight = options.MaxWeight == 0 ? long.MaxValue : options.MaxWeight;

    public NaiveCache(int capacity, EvictionPolicy policy)
        : this(new CacheOptions<int, int> { Capacity = capacity, Policy = policy })
    {
    }

    public List<(int Key, int Value, RemovalCause Cause)> Removed { get; } = [];

    public int Count => _entries.Count;

    public long Weight => _entries.Sum(entry => entry.Weight);

    public IEnumerable<(int Key, int Value)> ColdestFirst =>
        (options.Policy == EvictionPolicy.Lfu ? _entries.OrderBy(entry => entry.Uses) : _entries.AsEnumerable())
            .Where(entry => !IsExpired(entry)).Select(entry => (entry.Key, entry.Value));

    private long Now => options.TimeProvider.GetTimestamp();

    public bool Peek(int key, out int value)
    {
        Entry? entry = Find(key);
        value = entry?.Value ?? 0;
        return entry is not null;
    }

    public bool TryGet(int key, out int value)
    {
        if (_entries.Exists(entry => entry.Key == key && IsExpired(entry)))
        {
            RemoveExpired();
        }

        if (!Peek(key, out value))
        {
            return false;
        }

        Use(Find(key)!);
        return true;
    }

    public int GetOrAdd(int key, int loaded)
    {
        if (TryGet(key, out int value))
        {
            return value;
        }

        Put(key, loaded);
        return loaded;
    }

    public void Set(int key, int value, TimeSpan? timeToLive = null)
    {
        if (timeToLive is null && !_allHaveTerms && Find(key) is { HasTerms: false } present)
        {
            Removed.Add((key, present.Value, RemovalCause.Replaced)); // in place: looks at nothing else
            present.Value = value;
            Use(present);
            return;
        }

        Put(key, value, timeToLive);
    }

    public bool TryUpdate(int key, int value, int comparison)
    {
        bool equal = Find(key) is { } entry && entry.Value == comparison;
        if (equal)
        {
            Put(key, value);
        }

        return equal;
    }

    public int AddOrUpdate(int key, int add, Func<int, int> update)
    {
        int value = Find(key) is { } entry ? update(entry.Value) : add;
        Put(key, value);
        return value;
    }

    public bool Remove(int key)
    {
        RemoveExpired();
        Entry? entry = Find(key);
        if (entry is not null)
        {
            Take(entry, RemovalCause.Removed);
        }

        return entry is not null;
    }

    public bool Remove(int key, int value) => Find(key) is { } entry && entry.Value == value && Remove(key);

    public int RemoveWhere(Func<int, int, bool> predicate)
    {
        Entry[] matches = [.. _entries.Where(entry => !IsExpired(entry) && predicate(entry.Key, entry.Value))];
        return matches.Count(entry => Remove(entry.Key));
    }

    public void Clear()
    {
        foreach (Entry entry in _entries.ToArray())
        {
            Take(entry, RemovalCause.Removed);
        }
    }

    public int RemoveExpired()
    {
        Entry[] expired = [.. _entries.Where(IsExpired)];
        Array.ForEach(expired, entry => Take(entry, RemovalCause.Expired));
        return expired.Length;
    }

    public void Resize(int capacity, long? maxWeight = null)
    {
        RemoveExpired();
        (_capacity, _maxWeight) = (capacity, maxWeight ?? _maxWeight);
        MakeRoomFor(count: 0, weight: 0);
    }

    private void Put(int key, int value, TimeSpan? timeToLive = null)
    {
        RemoveExpired();
        Entry? present = Find(key);
        Entry entry = NewEntry(key, value, timeToLive);
        if (entry.Weight > _maxWeight)
        {
            if (present is not null)
            {
                Take(present, RemovalCause.Replaced);
            }

            Removed.Add((key, value, RemovalCause.Overweight));
        }
        else if (present is not null)
        {
            Removed.Add((key, present.Value, RemovalCause.Replaced));
            entry.Uses = present.Uses;
            _entries[_entries.IndexOf(present)] = entry;
            Use(entry);
            MakeRoomFor(count: 0, weight: 0);
        }
        else
        {
            MakeRoomFor(count: 1, entry.Weight);
            _entries.Add(entry);
        }
    }

    private void MakeRoomFor(int count, long weight)
    {
        while (Count + count > _capacity || Weight + weight > _maxWeight)
        {
            // MinBy takes the first of equals, which is the least recently used.
            Take(options.Policy == EvictionPolicy.Lfu ? _entries.MinBy(entry => entry.Uses)! : _entries[0], RemovalCause.Evicted);
        }
    }

    private Entry NewEntry(int key, int value, TimeSpan? timeToLive)
    {
        TimeSpan?[] lifetimes = timeToLive is null ? [options.ExpireAfterWrite, options.ExpireAfter?.Invoke(key, value)] : [timeToLive];
        return new Entry(key, value)
        {
            Weight = options.Weigher?.Invoke(key, value) ?? 1,
            HasTerms = _allHaveTerms || timeToLive is not null,
            AccessedAt = Now,
            ExpiresAt = lifetimes.Min() is { } lifetime && lifetime != TimeSpan.MaxValue ? Now + lifetime.Ticks : long.MaxValue,
        };
    }

    private bool IsExpired(Entry entry) =>
        Now >= entry.ExpiresAt || (options.ExpireAfterAccess is { } idle && entry.HasTerms && Now >= entry.AccessedAt + idle.Ticks);

    private Entry? Find(int key) => _entries.Find(entry => entry.Key == key && !IsExpired(entry));

    private void Use(Entry entry)
    {
        entry.Uses++;
        entry.AccessedAt = Now;
        if (options.Policy != EvictionPolicy.Fifo)
        {
            _entries.Remove(entry);
            _entries.Add(entry);
        }
    }

    private void Take(Entry entry, RemovalCause cause)
    {
        _entries.Remove(entry);
        Removed.Add((entry.Key, entry.Value, cause));
    }

    private sealed class Entry(int key, int value)
    {
        public int Key => key;

        public int Value { get; set; } = value;

        public int Uses { get; set; } = 1;

        public long Weight { get; init; }

        public bool HasTerms { get; init; }

        public long ExpiresAt { get; init; }

        public long AccessedAt { get; set; }
    }
}
