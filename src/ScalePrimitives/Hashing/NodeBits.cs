using System.Buffers;

namespace ScalePrimitives.Hashing;

/// <summary>A set of node indexes, a bit each, in a buffer of the caller or, for many nodes, a pooled one.</summary>
internal readonly ref struct NodeBits : IDisposable
{
    /// <summary>How long a buffer the caller gives: enough for 4,096 nodes.</summary>
    public const int BufferLength = 64;

    private readonly ulong[]? _rented;
    private readonly Span<ulong> _bits;

    /// <summary>Makes a set of some of so many nodes.</summary>
    public NodeBits(Span<ulong> buffer, int nodes, ReadOnlySpan<int> members)
    {
        int length = (nodes + 63) / 64;
        _rented = length <= buffer.Length ? null : ArrayPool<ulong>.Shared.Rent(length);
        _bits = (_rented ?? buffer)[..length];
        _bits.Clear();
        foreach (int index in members)
        {
            Add(index);
        }
    }

    public bool Contains(int index) => (_bits[index >> 6] & (1UL << index)) != 0;

    /// <summary>Adds a node.</summary>
    /// <returns>Whether it was not there.</returns>
    public bool Add(int index)
    {
        ref ulong word = ref _bits[index >> 6];
        ulong before = word;
        word |= 1UL << index;
        return word != before;
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<ulong>.Shared.Return(_rented);
        }
    }
}
