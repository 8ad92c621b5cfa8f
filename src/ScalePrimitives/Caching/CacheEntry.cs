using System.Diagnostics;
using System.Runtime.CompilerServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// What the replacement policy, the read log and the timer wheel know of a cached entry: its hash, its place in their lists,
/// and how often it was read. They never see the key or the value, which the node derived from it holds.
/// </summary>
/// <remarks>
/// Guarded by the cache's lock, but for <see cref="Frequency"/>, which readers raise without one, and the state. What only
/// some caches need (<see cref="Weight"/>, <see cref="FrequencyList"/>, <see cref="Timer"/>) larger nodes hold.
/// </remarks>
internal class CacheEntry(uint hash, bool hasTerms = false)
{
    /// <summary>The most reads that an entry counts.</summary>
    public const byte MaxFrequency = 3;

    private const byte Alive = 0;
    private const byte Locked = 1;
    private const byte Dead = 2;
    private const byte Dying = Dead | Locked; // dead, while one that locked it before still writes its value

    private const byte Terms = 1;
    private const byte Sample = 2;

    private byte _state;
    private byte _flags = hasTerms ? Terms : (byte)0;

    /// <summary>Gets the key's hash by the table: spread over its buckets by a secret, but not random, for keys in a row stay neighbours.</summary>
    public uint Hash { get; } = hash;

    /// <summary>Gets or sets the neighbour that is older in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Older { get; set; }

    /// <summary>Gets or sets the neighbour that is newer in the list that holds the entry; null while no list holds it.</summary>
    public CacheEntry? Newer { get; set; }

    /// <summary>Gets or sets which of the policy's lists holds the entry; its meaning is the policy's own.</summary>
    public byte List { get; set; }

    /// <summary>Gets or sets the reads since a hand last examined the entry, up to <see cref="MaxFrequency"/>; used by <see cref="AdaptivePolicy"/>.</summary>
    public byte Frequency { get; set; }

    /// <summary>Gets a value indicating whether a hit has nothing to do but to <see cref="CountRead"/>.</summary>
    public bool IsPlain => _flags == 0;

    /// <summary>Gets or sets a value indicating whether the policy wants to know of each read; used by <see cref="AdaptivePolicy"/>.</summary>
    public bool IsSampled
    {
        get => (_flags & Sample) != 0;
        set => _flags = (byte)(value ? _flags | Sample : _flags & ~Sample);
    }

    /// <summary>Gets a value indicating whether the entry has left the cache; it never comes back.</summary>
    public bool IsDead => Volatile.Read(ref _state) >= Dead;

    /// <summary>Gets a value indicating whether the entry weighs, expires or is refreshed.</summary>
    public bool HasTerms => (_flags & Terms) != 0;

    /// <summary>Gets what the entry weighs: 0 or more. It does not change while a policy knows the entry.</summary>
    public virtual long Weight => 1;

    /// <summary>Gets the index of the frequency list that holds the entry; used by <see cref="LfuPolicy"/>.</summary>
    public virtual ref int FrequencyList => throw new NotSupportedException("This entry is of no list by frequency.");

    /// <summary>Gets the entry's place in the timer wheel.</summary>
    public virtual ref EntryTimer Timer => throw new NotSupportedException("This entry has no timer.");

    /// <summary>Asks the processor to fetch the entry.</summary>
    public void Prefetch() => Internal.Prefetch.Around(ref _state);

    /// <summary>Asks the processor to fetch the entries beside this one in its list.</summary>
    public void PrefetchNeighbours()
    {
        Newer?.Prefetch();
        Older?.Prefetch();
    }

    /// <summary>Counts a read. By any thread, without a lock: of reads at the same moment some may be lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountRead()
    {
        // Once saturated, hot entries are only read: their cache lines stay shared between processors.
        byte frequency = Frequency;
        if (frequency < MaxFrequency)
        {
            Frequency = (byte)(frequency + 1);
        }
    }

    /// <summary>
    /// Keeps others from changing the value, until <see cref="Unlock"/> or <see cref="Kill"/>. So a new value needs no lock
    /// of the whole cache, and each value has exactly one that takes it out. Waits, so not under the cache's lock.
    /// </summary>
    /// <returns>Whether the entry is alive, and now locked.</returns>
    /// <remarks>Held for a few instructions that cannot fail, wait or call anything, so that spinning is bounded.</remarks>
    public bool TryLock()
    {
        var backoff = default(Backoff);
        while (!TryLockNow())
        {
            if (IsDead)
            {
                return false;
            }

            backoff.Wait();
        }

        return true;
    }

    /// <summary>Locks the entry as <see cref="TryLock"/> does, unless another has.</summary>
    public bool TryLockNow() => Interlocked.CompareExchange(ref _state, Locked, Alive) == Alive;

    /// <summary>Ends <see cref="TryLock"/>, also when the entry has been killed since.</summary>
    /// <remarks>With a full fence: a write must not wait in the processor's buffer while its thread goes on to read, or of two
    /// threads that each write a key and then read the other's neither would see what the other wrote.</remarks>
    public void Unlock()
    {
        if (Interlocked.CompareExchange(ref _state, Alive, Locked) != Locked)
        {
            Volatile.Write(ref _state, Dead);
        }
    }

    /// <summary>Waits until nobody has the entry locked: the value of a dead one changes no more. Not under the cache's lock.</summary>
    public void WaitUntilUnlocked()
    {
        var backoff = default(Backoff);
        while ((Volatile.Read(ref _state) & Locked) != 0)
        {
            backoff.Wait();
        }
    }

    /// <summary>Ends the life of an entry that is alive. Under the cache's lock, whose end is the fence.</summary>
    /// <param name="isLocked">Whether the caller has locked it, which ends too.</param>
    /// <remarks>Does not wait for another that has locked the entry: what that one writes counts as written before the death,
    /// and who asks for the last value waits for it, after leaving the cache's lock.</remarks>
    public void Kill(bool isLocked = false)
    {
        Debug.Assert(!IsDead, "An entry is killed once.");
        if (isLocked)
        {
            Volatile.Write(ref _state, Dead);
            return;
        }

        while (Interlocked.CompareExchange(ref _state, Dead, Alive) != Alive
            && Interlocked.CompareExchange(ref _state, Dying, Locked) != Locked)
        {
            // It was unlocked between the two: somebody else has got on.
        }
    }
}
