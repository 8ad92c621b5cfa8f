using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>An entry's place in a <see cref="TimerWheel"/>: the wheel's own but for <see cref="Deadline"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct EntryTimer
{
    /// <summary>When the entry is to be looked at, as a timestamp; set before the wheel takes the entry in, and not changed
    /// while it holds it: the wheel finds the entry's bucket by it.</summary>
    public long Deadline;

    /// <summary>The next entry of the same bucket, a circle; null while no bucket holds the entry.</summary>
    public CacheEntry? Next;

    /// <summary>The previous entry of the same bucket, a circle; null while no bucket holds the entry.</summary>
    public CacheEntry? Previous;
}
