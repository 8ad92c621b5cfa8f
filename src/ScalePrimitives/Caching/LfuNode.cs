namespace ScalePrimitives.Caching;

/// <summary>A node for <see cref="LfuPolicy"/>, larger by what that policy notes.</summary>
internal sealed class LfuNode<TKey, TValue>(uint hash, TKey key, TValue value) : CacheNode<TKey, TValue>(hash, key, value)
    where TKey : notnull
{
    private int _frequencyList;

    public override ref int FrequencyList => ref _frequencyList;
}
