using System.Runtime.InteropServices;

namespace ScalePrimitives.Hashing;

/// <summary>How many loads a node of a <see cref="BoundedLoad{TNode}"/> carries. Lock-free.</summary>
/// <remarks>
/// One word holds the count and, in a high bit, whether the node has left; so no load can join or leave unseen while a node is
/// retired. The word has 128 bytes to itself: a cache line and the one that is fetched along with it.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal sealed class LoadCounter
{
    private const long Retired = 1L << 62;

    [FieldOffset(64)]
    private long _word;

    public long Value => Volatile.Read(ref _word) & (Retired - 1);

    /// <summary>Says whether there are fewer loads than the bound. Never for a retired counter, whose word is above every bound.</summary>
    public bool IsBelow(long bound) => Volatile.Read(ref _word) < bound;

    /// <summary>Adds a load if there are fewer than the bound. Fails for a retired counter, whose word is above every bound.</summary>
    public bool TryAdd(long bound)
    {
        // Compare and swap, not add and take back: what is added in vain would be seen by others as load.
        long word = Volatile.Read(ref _word);
        while (word < bound)
        {
            long seen = Interlocked.CompareExchange(ref _word, word + 1, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Takes a load away.</summary>
    /// <returns>Whether the counter was still in use; a retired one has given its loads up already.</returns>
    public bool Subtract() => (Interlocked.Decrement(ref _word) & Retired) == 0;

    /// <summary>Lets no more loads in.</summary>
    /// <returns>The loads that are left on it.</returns>
    public long Retire() => Interlocked.Or(ref _word, Retired);
}
