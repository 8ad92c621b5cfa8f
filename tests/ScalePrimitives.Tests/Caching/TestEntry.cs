using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>A bare entry with all that a policy or the timer wheel may ask for.</summary>
internal sealed class TestEntry(uint hash, long weight = 1) : CacheEntry(hash)
{
    private int _frequencyList;
    private EntryTimer _timer;

    public override long Weight { get; } = weight;

    public override ref int FrequencyList => ref _frequencyList;

    public override ref EntryTimer Timer => ref _timer;
}
