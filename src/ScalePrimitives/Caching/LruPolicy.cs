namespace ScalePrimitives.Caching;

/// <summary>Evicts the entry whose last access is the longest ago. Exact; every operation is O(1).</summary>
internal sealed class LruPolicy : ReplacementPolicy
{
    private readonly EntryList _entries = new();

    public override void Added(CacheEntry entry) => _entries.AddNewest(entry);

    public override void Removed(CacheEntry entry) => _entries.Remove(entry);

    public override void Accessed(CacheEntry entry) => _entries.MoveToNewest(entry);

    public override CacheEntry NextVictim() => _entries.Oldest!;

    public override CacheEntry? Foresee() => _entries.Foresee();

    public override void Replaced(CacheEntry entry, CacheEntry successor) => EntryList.Replace(entry, successor);

    public override IEnumerable<CacheEntry> ColdestFirst() => _entries.OldestFirst();

    public override IEnumerable<CacheEntry> HottestFirst() => _entries.NewestFirst();

    public override IEnumerable<CacheEntry> CheckedEntries() => _entries.CheckedEntries();
}
