using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>
/// A cached key with its value, and all that table and policy note about it: one object an entry, because every further one
/// would be a further miss of the processor's caches on each hit.
/// </summary>
/// <remarks>A value that the processor writes in one piece may change in place. Any other never does, or a reader could see
/// half of it: a new node takes the place of the old one.</remarks>
internal class CacheNode<TKey, TValue>(uint hash, TKey key, TValue value, bool hasTerms = false) : CacheEntry(hash, hasTerms)
    where TKey : notnull
{
    /// <summary>The next node in the same bucket of the table, which a removed node keeps for readers that stand on it.</summary>
    public CacheNode<TKey, TValue>? NextInBucket;

    /// <summary>Gets a value indicating whether a value is always read and written whole.</summary>
    public static bool IsValueAtomic =>
        !typeof(TValue).IsValueType
        || ((typeof(TValue).IsPrimitive || typeof(TValue).IsEnum) && Unsafe.SizeOf<TValue>() <= nint.Size);

    /// <summary>Gets or sets the key; set only before the table holds the node.</summary>
    public TKey Key { get; set; } = key;

    /// <summary>Gets or sets the value; set only between <see cref="CacheEntry.TryLock"/> and <see cref="CacheEntry.Unlock"/>.</summary>
    public TValue Value { get; set; } = value;

    /// <summary>Returns the value of a node that is dead, which changes no more. Not under the cache's lock: it may have to wait for one that still writes it.</summary>
    public TValue LastValue()
    {
        WaitUntilUnlocked();
        return Value;
    }

    /// <summary>Says whether the node still has the value that was read from it. Calls no code of the caller's.</summary>
    public bool Has(TValue value)
    {
        if (!typeof(TValue).IsValueType)
        {
            return ReferenceEquals(Value, value);
        }

        if (!IsValueAtomic)
        {
            return true; // it never changes in a node
        }

        // By the bits: equality of floating-point numbers knows values that are equal and yet differ, and one that differs from itself.
        TValue current = Value;
        return BytesOf(ref current).SequenceEqual(BytesOf(ref value));
    }

    private static ReadOnlySpan<byte> BytesOf(ref TValue value) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TValue, byte>(ref value), Unsafe.SizeOf<TValue>());
}
