namespace CacheReplay;

/// <summary>The requests of a log, in their order. Each takes 8 bytes: a number is its own key, a text is known by its 64-bit hash.</summary>
internal sealed class RequestLog
{
    /// <summary>How many requests are kept at most: 2 GiB of them.</summary>
    public const int MaxCount = 1 << 28;

    private const int ChunkLength = 1 << 17; // no array has to be moved to grow

    private readonly List<long[]> _chunks = [];
    private readonly HashSet<long> _distinctKeys = [];

    /// <summary>Gets how many requests there are.</summary>
    public int Count { get; private set; }

    /// <summary>Gets how many different keys they ask for.</summary>
    public int DistinctCount => _distinctKeys.Count;

    /// <summary>Gets what no cache can exceed: the first request for each key misses.</summary>
    public double Ceiling => 1 - ((double)DistinctCount / Count);

    /// <summary>Gets the requests, in parts.</summary>
    public IEnumerable<ReadOnlyMemory<long>> Parts => _chunks.Select((chunk, i) =>
        new ReadOnlyMemory<long>(chunk, 0, Math.Min(ChunkLength, Count - (i * ChunkLength))));

    public void Add(long key)
    {
        int index = Count % ChunkLength;
        if (index == 0)
        {
            _chunks.Add(new long[ChunkLength]);
        }

        _chunks[^1][index] = key;
        _distinctKeys.Add(key);
        Count++;
    }
}
