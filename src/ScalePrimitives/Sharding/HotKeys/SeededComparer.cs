using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Hashes keys by a random seed, so that nobody can choose keys that fall together: whole numbers and UUIDs by all their bits; others by what their comparer gives, whose full collisions stay (that of
/// texts has a seed itself). By the folded product of two words, as Wang Yi's wyhash does. Thread-safe.
/// </summary>
/// <param name="comparer">What tells keys apart; null for the type's own.</param>
internal sealed class SeededComparer<TKey>(IEqualityComparer<TKey>? comparer) : IEqualityComparer<TKey>
    where TKey : notnull
{
    private readonly ulong _firstSeed = RandomWord();
    private readonly ulong _secondSeed = RandomWord();

    public bool Equals(TKey? x, TKey? y) => comparer is null ? EqualityComparer<TKey>.Default.Equals(x, y) : comparer.Equals(x, y);

    public int GetHashCode(TKey key)
    {
        if (comparer is not null)
        {
            return Fold((uint)comparer.GetHashCode(key), 0);
        }

        return default(TKey) switch
        {
            int or uint => Fold(Unsafe.As<TKey, uint>(ref key), 0),
            long or ulong => Fold(Unsafe.As<TKey, ulong>(ref key), 0),
            Guid => Fold(Unsafe.As<TKey, ulong>(ref key), Unsafe.Add(ref Unsafe.As<TKey, ulong>(ref key), 1)),
            _ => Fold((uint)EqualityComparer<TKey>.Default.GetHashCode(key), 0),
        };
    }

    private static ulong RandomWord() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private int Fold(ulong first, ulong second)
    {
        ulong high = Math.BigMul(first ^ _firstSeed, second ^ _secondSeed, out ulong low);
        ulong folded = high ^ low;
        return (int)(folded ^ (folded >> 32));
    }
}
