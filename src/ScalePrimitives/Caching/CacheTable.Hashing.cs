using System.Numerics;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <content>How keys are hashed and compared.</content>
internal sealed partial class CacheTable<TKey, TValue>
{
    private readonly ulong _multiplier;
    private readonly ulong _secret;

    // Those whose bits are what they are equal by.
    private static bool IsNumber => Unsafe.SizeOf<TKey>() == sizeof(ulong)
        && (typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong) || typeof(TKey) == typeof(nint) || typeof(TKey) == typeof(nuint) || typeof(TKey) == typeof(TimeSpan));

    private static bool IsPairOfNumbers => typeof(TKey) == typeof(Guid) || typeof(TKey) == typeof(UInt128) || typeof(TKey) == typeof(Int128)
        || typeof(TKey) == typeof((long, long)) || typeof(TKey) == typeof((ulong, ulong));

    /// <summary>Hashes a key, or where that is all there is, its hash code, so that its low bits spread the keys over the buckets.</summary>
    public uint HashOf(TKey key) => _comparer is null ? HashByDefault(key) : MixCode(_comparer.GetHashCode(key));

    /// <summary>Hashes a key by the hash code that the comparer gave for it, or for an alternate form of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint MixCode(int hashCode) => Mix((uint)hashCode);

    // The default comparer compares numbers so too, but is loaded for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreEqual(TKey left, TKey right) => IsNumber
        ? Unsafe.BitCast<TKey, ulong>(left) == Unsafe.BitCast<TKey, ulong>(right)
        : EqualityComparer<TKey>.Default.Equals(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HashByDefault(TKey key)
    {
        // The hash codes of these fold their parts into one: ids made to collide, or a time beside a counter, would share a
        // code whatever is mixed into it.
        if (IsNumber)
        {
            return Mix(Unsafe.BitCast<TKey, ulong>(key));
        }

        if (typeof(TKey) == typeof(DateTime))
        {
            return Mix((ulong)Unsafe.BitCast<TKey, DateTime>(key).Ticks);
        }

        if (typeof(TKey) == typeof(DateTimeOffset))
        {
            return Mix((ulong)Unsafe.BitCast<TKey, DateTimeOffset>(key).UtcTicks);
        }

        return IsPairOfNumbers
            ? MixPair(Unsafe.BitCast<TKey, (ulong First, ulong Second)>(key))
            : MixCode(EqualityComparer<TKey>.Default.GetHashCode(key));
    }

    // Each bit is the key's own, changed by what stands above it in the key: by all from bit 17 up, and the lowest eight by all
    // from bit 8 up. So keys in a row, which are often asked for together, share cache lines and no bucket in a table of any
    // size up to 2^17, and those in strides differ in their low bits. Products with a secret number keep anybody from choosing
    // more than a few dozen keys that collide (multiply-shift: Dietzfelbinger et al. 1997); alone they crowd keys in strides, which
    // the checksum after them spreads, an instruction of three cycles: slower mixing shows in each hit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Mix(ulong code) =>
        (uint)code ^ BitOperations.Crc32C(0, (code >> 17) * _multiplier) ^ (byte)BitOperations.Crc32C(0, (code >> 8) * _multiplier);

    // Both halves of the product of the two, each with a secret in it: who does not know the secrets cannot choose pairs whose
    // products are alike (as in wyhash, by Wang Yi).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint MixPair((ulong First, ulong Second) pair)
    {
        ulong high = Math.BigMul(pair.First ^ _multiplier, pair.Second ^ _secret, out ulong low);
        ulong mixed = high ^ low;
        return (uint)(mixed ^ (mixed >> 32));
    }

    // The finaliser of SplitMix64: a multiplier must have bits everywhere, even when somebody seeds a test with 1.
    private static ulong Spread(ulong seed)
    {
        seed = (seed ^ (seed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        seed = (seed ^ (seed >> 27)) * 0x94D0_49BB_1331_11EB;
        return seed ^ (seed >> 31) ^ 0x9E37_79B9_7F4A_7C15;
    }
}
