namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>A sequence for each worker, which begins anew at its end.</summary>
internal sealed class RepeatedRequests<TKey>(IReadOnlyList<TKey[]> sequences) : IRequests<TKey>
{
    private readonly int[] _positions = new int[sequences.Count];

    public int Workers => sequences.Count;

    public void Prepare(int worker, int count)
    {
    }

    public ReadOnlySpan<TKey> Take(int worker, int maxCount)
    {
        TKey[] sequence = sequences[worker];
        int position = _positions[worker];
        int count = Math.Min(maxCount, sequence.Length - position);
        _positions[worker] = (position + count) % sequence.Length;
        return sequence.AsSpan(position, count);
    }
}
