using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// The order of reads, for policies that follow it exactly: a reader takes a ticket and leaves the entry in a ring; whoever
/// holds the cache's lock replays the tickets in their order before it looks at the policy. Reads that do not overlap are
/// replayed as they happened, overlapping ones in the order of their tickets. None is dropped.
/// </summary>
/// <remarks>
/// <para>Slot <c>ticket mod size</c> belongs to the ticket from when the one a round earlier is replayed until it is itself.
/// A reader that finds the ring full makes room, with the lock, or waits for the one that has it. It must not wait for the
/// lock alone: the holder may wait for the reader's own slot. So it looks at the ring between two attempts.</para>
/// <para>The replay waits for a reader between its ticket and its slot, which is two instructions away, or one turn of the
/// scheduler. Nothing between the two may throw: a ticket without an entry would stop every writer for good.</para>
/// </remarks>
internal sealed class ReadLog(Lock gate, ReplacementPolicy policy)
{
    private const int Size = 256;

    private readonly Slot[] _slots = new Slot[Size];
    private Positions _positions;

    /// <summary>Notes that an entry was read or its value replaced. Called without the lock.</summary>
    public void Add(CacheEntry entry)
    {
        long ticket = Interlocked.Increment(ref _positions.NextTicket) - 1;
        if (ticket - Volatile.Read(ref _positions.Replayed) >= Size)
        {
            MakeRoomFor(ticket);
        }

        Volatile.Write(ref SlotOf(ticket).Entry, entry);
    }

    /// <summary>Replays all tickets taken before this call. Called with the lock.</summary>
    public void Replay() => ReplayBelow(Volatile.Read(ref _positions.NextTicket));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoomFor(long ticket)
    {
        var backoff = default(Backoff);
        while (ticket - Volatile.Read(ref _positions.Replayed) >= Size)
        {
            if (!gate.TryEnter())
            {
                backoff.Wait();
                continue;
            }

            try
            {
                ReplayBelow(ticket); // not further: this reader's own slot is still empty
            }
            finally
            {
                gate.Exit();
            }
        }
    }

    private void ReplayBelow(long end)
    {
        for (long ticket = _positions.Replayed; ticket < end; ticket++)
        {
            ref CacheEntry? slot = ref SlotOf(ticket).Entry;
            CacheEntry? entry;
            var backoff = default(Backoff);
            while ((entry = Volatile.Read(ref slot)) is null)
            {
                backoff.Wait();
            }

            slot = null;
            Volatile.Write(ref _positions.Replayed, ticket + 1); // after the slot is free
            if (!entry.IsDead)
            {
                policy.Accessed(entry);
            }
        }
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
        public long Replayed;
    }
}
