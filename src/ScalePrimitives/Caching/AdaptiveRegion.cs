namespace ScalePrimitives.Caching;

/// <summary>One of the two regions of an <see cref="AdaptivePolicy"/>: a list with bounds, which it may exceed until entries are moved.</summary>
/// <param name="name">What its entries' <see cref="CacheEntry.List"/> says.</param>
/// <param name="weighs">Whether weight is a bound: else no entry is asked for its weight.</param>
internal sealed class AdaptiveRegion(byte name, bool weighs)
{
    private readonly EntryList _entries = new();
    private int _capacity;
    private long _maxWeight;
    private long _weight;

    public int Count => _entries.Count;

    public CacheEntry? Oldest => _entries.Oldest;

    public bool IsFull => _entries.Count >= _capacity || _weight >= _maxWeight;

    public bool IsOver => _entries.Count > _capacity || _weight > _maxWeight;

    public void Bound(int capacity, long maxWeight) => (_capacity, _maxWeight) = (capacity, maxWeight);

    public void Add(CacheEntry entry)
    {
        entry.List = name;
        _entries.AddNewest(entry);
        _weight += WeightOf(entry);
    }

    public void Remove(CacheEntry entry)
    {
        _entries.Remove(entry);
        _weight -= WeightOf(entry);
    }

    public void Replace(CacheEntry entry, CacheEntry successor)
    {
        successor.List = name;
        EntryList.Replace(entry, successor);
        _weight += WeightOf(successor) - WeightOf(entry);
    }

    public CacheEntry? Foresee() => _entries.Foresee();

    public void MoveToNewest(CacheEntry entry) => _entries.MoveToNewest(entry);

    public IEnumerable<CacheEntry> OldestFirst() => _entries.OldestFirst();

    public IEnumerable<CacheEntry> CheckedEntries()
    {
        long weight = 0;
        foreach (CacheEntry entry in _entries.CheckedEntries())
        {
            Integrity.Require(entry.List == name, "an entry knows the region that holds it");
            Integrity.Require(entry.Frequency <= CacheEntry.MaxFrequency, "a frequency is at most 3");
            weight += WeightOf(entry);
            yield return entry;
        }

        Integrity.Require(weight == _weight, "a region weighs what its entries weigh");
    }

    private long WeightOf(CacheEntry entry) => weighs ? entry.Weight : 0;
}
