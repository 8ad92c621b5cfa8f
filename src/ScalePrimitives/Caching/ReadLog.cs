using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// The order of reads, for policies that follow it exactly: a reader takes a ticket and leaves the entry in a ring; whoever
/// holds the cache's lock replays the tickets in their order before it looks at the policy. Reads that do not overlap are
/// replayed as they happened, overlapping ones in the order of their tickets unless one of them was stopped. None is dropped.
/// </summary>
/// <remarks>
/// <para><b>Nobody waits under the lock.</b> A reader may lose the processor between its ticket and its slot. A replay passes
/// over the empty slot and goes on behind it: that read has not returned, so it overlaps all that is replayed before it, and
/// a later replay takes it. Two reads of which one returned before the other began keep their order, because the first has
/// filled its slot before the second gets a ticket, and a replay looks at no ticket taken after its start.</para>
/// <para><b>Readers wait with their slots filled.</b> One that finds the ring nearly full leaves its entry first. Then it
/// replays, or waits for the one that does, giving way to writers, which replay too. If it waited with a ticket alone, the
/// next round of the ring could not go past it, and so not before each waiting thread has had its turn on a processor.</para>
/// <para>Slot <c>ticket mod size</c> belongs to the ticket from when all up to the one a round earlier are replayed. Only when
/// very many readers come at once, one has to wait for that. Nothing between its ticket and its slot may throw: a ticket
/// without an entry would stop every reader for good.</para>
/// </remarks>
internal sealed class ReadLog(CacheGate gate, ReplacementPolicy policy)
{
    private const int Size = 256;

    // Then readers replay. More would make a writer longer that finds as many; the other slots are for readers that come meanwhile.
    private const int MaxWaiting = 64;

    private const int PrefetchDistance = 4;

    // A writer that has waited for so many of a reader's looks at the ring may be asleep: the lock is of more use to the reader.
    private const int LooksBeforeWriters = 32;

    // Stands in slots that were replayed while one before them was empty. It is dead, and so ignored like any dead entry.
    private readonly CacheEntry _alreadyReplayed = NewDeadEntry();

    private readonly Slot[] _slots = new Slot[Size];
    private Positions _positions;

    /// <summary>Notes that an entry was read or its value replaced. Called without the lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(CacheEntry entry) => Fill(TakeTicket(), entry);

    /// <summary>The first half of <see cref="Add"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long TakeTicket() => Interlocked.Increment(ref _positions.NextTicket) - 1;

    /// <summary>The second half of <see cref="Add"/>, which must follow the first whatever happens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(long ticket, CacheEntry entry)
    {
        if (IsWithin(MaxWaiting, ticket))
        {
            Volatile.Write(ref SlotOf(ticket).Entry, entry);
        }
        else
        {
            FillAndReplay(ticket, entry);
        }
    }

    /// <summary>Replays all reads that have returned before this call. Called with the lock.</summary>
    public void Replay()
    {
        long end = Volatile.Read(ref _positions.NextTicket);
        bool passedEmpty = false;
        for (long ticket = _positions.Replayed; ticket < end && IsWithin(Size, ticket); ticket++)
        {
            Prefetch(ticket);
            ref CacheEntry? slot = ref SlotOf(ticket).Entry;
            if (Volatile.Read(ref slot) is not { } entry)
            {
                passedEmpty = true;
                continue;
            }

            if (passedEmpty)
            {
                slot = _alreadyReplayed;
            }
            else
            {
                slot = null;
                Volatile.Write(ref _positions.Replayed, ticket + 1); // after the slot is free
            }

            if (!entry.IsDead)
            {
                policy.Accessed(entry);
            }
        }
    }

    private static CacheEntry NewDeadEntry()
    {
        var entry = new CacheEntry(hash: 0);
        entry.Kill();
        return entry;
    }

    private bool IsWithin(int reads, long ticket) => ticket - Volatile.Read(ref _positions.Replayed) < reads;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillAndReplay(long ticket, CacheEntry entry)
    {
        var backoff = default(Backoff);
        while (!IsWithin(Size, ticket))
        {
            backoff.Wait(); // for those with the tickets before it, which have slots: they replay
        }

        Volatile.Write(ref SlotOf(ticket).Entry, entry);
        backoff = default;
        for (int looks = 0; !IsWithin(MaxWaiting, ticket); looks++)
        {
            if (!TryReplay(beforeWriters: looks >= LooksBeforeWriters) || !IsWithin(MaxWaiting, ticket))
            {
                backoff.Wait();
            }
        }
    }

    private bool TryReplay(bool beforeWriters)
    {
        if (!gate.TryEnter(beforeWriters))
        {
            return false;
        }

        try
        {
            Replay();
        }
        finally
        {
            gate.Exit();
        }

        return true;
    }

    // What was read on one processor, and is replayed on another, has to come from there: an entry first, then its neighbours.
    private void Prefetch(long ticket)
    {
        SlotOf(ticket + (2 * PrefetchDistance)).Entry?.Prefetch();
        SlotOf(ticket + PrefetchDistance).Entry?.PrefetchNeighbours();
    }

    private ref Slot SlotOf(long ticket) => ref _slots[ticket & (Size - 1)];

    // A structure, because storing into an array of references checks the type of the array.
    private struct Slot
    {
        public CacheEntry? Entry;
    }

    // Apart by two cache lines, which processors fetch in pairs: readers write one, replays the other.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Positions
    {
        [FieldOffset(128)]
        public long NextTicket;

        [FieldOffset(256)]
        public long Replayed; // all below
    }
}
