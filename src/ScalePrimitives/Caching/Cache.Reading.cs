using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Caching;

/// <content>What a hit does. Nothing here takes the lock, unless a value has expired.</content>
public sealed partial class Cache<TKey, TValue>
{
    private readonly bool _hitsArePlain;
    private readonly StripedCounter? _hits;
    private readonly StripedCounter _misses = new();

    private uint HashOf(TKey key)
    {
        ThrowIfNull(key);
        return _table.HashOf(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CacheNode<TKey, TValue>? FindOnce(TKey key)
    {
        ThrowIfNull(key);
        return _table.FindOnce(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ThrowIfNull(TKey key)
    {
        // Comparing with null boxes a struct where the code is not optimised, and a hit allocates nothing there either.
        if (!typeof(TKey).IsValueType)
        {
            ArgumentNullException.ThrowIfNull(key);
        }
    }

    // Whether all there is to do is to take the value and to raise the entry's counter.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlainHit(CacheEntry node) => node.IsPlain && _hitsArePlain;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGetAgain(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_table.Find(key, _table.HashOf(key)) is { } node)
        {
            return TryGetFrom(node, out value);
        }

        CountMiss();
        value = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGetFrom(CacheNode<TKey, TValue> node, [MaybeNullWhen(false)] out TValue value)
    {
        if (TryHit(node, out value))
        {
            return true;
        }

        CountMiss();
        return false;
    }

    // A tracked read. The caller counts the miss.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryHit([NotNullWhen(true)] CacheNode<TKey, TValue>? node, [MaybeNullWhen(false)] out TValue value)
    {
        if (node is null || (node.HasTerms && !TryUse(TermsOf(node))))
        {
            value = default;
            return false;
        }

        value = node.Value;
        Touch(node);
        _hits?.Increment();
        return true;
    }

    // A miss of a disposed cache, which has no hits, is none.
    private void CountMiss()
    {
        ThrowIfDisposed();
        _misses.Increment();
    }

    // Tells the policy of a use, without the lock.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Touch(CacheEntry node)
    {
        if (_adaptive is { } adaptive)
        {
            adaptive.Read(node);
        }
        else
        {
            _reads?.Add(node);
        }
    }

    private bool TryUse(TermsNode<TKey, TValue> node)
    {
        bool isLive = _terms.TryUse(node);
        if (!isLive)
        {
            RemoveExpired(maxSteps: ExpiredPerWrite);
        }

        return isLive;
    }

    private bool IsExpired(CacheNode<TKey, TValue> node) => node.HasTerms && _terms.Expires(TermsOf(node)) && IsExpired(node, _terms.Now);

    private bool IsExpired(CacheNode<TKey, TValue> node, long now) => node.HasTerms && _terms.IsExpired(TermsOf(node), now);

    // The flag says what the node is, so that a hit needs no check of its type.
    private static TermsNode<TKey, TValue> TermsOf(CacheNode<TKey, TValue> node) => Unsafe.As<TermsNode<TKey, TValue>>(node);
}
