using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Caching;

/// <content>Lookups by another form of the key, such as characters that are no string yet.</content>
public sealed partial class Cache<TKey, TValue>
{
    /// <summary>
    /// Returns the same cache seen through another type of key, so that <c>GetAlternateLookup&lt;ReadOnlySpan&lt;char&gt;&gt;()</c> of a
    /// cache with text keys finds a part of a buffer without making a string of it.
    /// </summary>
    /// <typeparam name="TAlternateKey">The other type, which the cache's key comparer must know.</typeparam>
    /// <returns>A view; it copies nothing.</returns>
    /// <exception cref="InvalidOperationException">The key comparer does not know that type.</exception>
    public AlternateLookup<TAlternateKey> GetAlternateLookup<TAlternateKey>()
        where TAlternateKey : notnull, allows ref struct => new(this);

    /// <summary>A cache seen through another type of key; see <see cref="GetAlternateLookup{TAlternateKey}"/>. Thread-safe. Each
    /// member does what the cache's own does; a hit allocates nothing.</summary>
    /// <typeparam name="TAlternateKey">The type of the keys.</typeparam>
    public readonly struct AlternateLookup<TAlternateKey>
        where TAlternateKey : notnull, allows ref struct
    {
        private readonly IAlternateEqualityComparer<TAlternateKey, TKey> _comparer;

        internal AlternateLookup(Cache<TKey, TValue> cache)
        {
            Cache = cache;
            _comparer = cache._table.Comparer as IAlternateEqualityComparer<TAlternateKey, TKey>
                ?? throw new InvalidOperationException($"The cache's key comparer does not compare {typeof(TKey)} with {typeof(TAlternateKey)}.");
        }

        /// <summary>Gets the cache.</summary>
        public Cache<TKey, TValue> Cache { get; }

        /// <summary>Looks for the value of a key, and counts as a use of it.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value found, or the default of its type.</param>
        /// <returns>Whether a value was found.</returns>
        /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
        public bool TryGet(TAlternateKey key, [MaybeNullWhen(false)] out TValue value)
        {
            if (Cache.TryHit(Find(key), out value))
            {
                return true;
            }

            Cache.CountMiss();
            return false;
        }

        /// <summary>Says whether a key has a value, without counting as a use of it.</summary>
        /// <param name="key">The key.</param>
        /// <returns>Whether there is a value.</returns>
        /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
        public bool ContainsKey(TAlternateKey key)
        {
            bool found = Find(key) is { } node && !Cache.IsExpired(node);
            if (!found)
            {
                Cache.ThrowIfDisposed();
            }

            return found;
        }

        /// <summary>Stores a value, in place of the one that the key has, if any. Makes a key of the cache's own type.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value; null is a value.</param>
        /// <exception cref="InvalidOperationException">The weigher gave a negative weight.</exception>
        /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
        public void Set(TAlternateKey key, TValue value) => Cache.Set(_comparer.Create(key), value);

        /// <summary>Takes the value of a key out.</summary>
        /// <param name="key">The key.</param>
        /// <returns>Whether there was a value.</returns>
        /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
        public bool Remove(TAlternateKey key) => Cache.Remove(_comparer.Create(key));

        /// <summary>Returns the value of a key, loading and storing it when there is none; only then a key of the cache's own type is made.</summary>
        /// <typeparam name="TState">The type of the state.</typeparam>
        /// <param name="key">The key.</param>
        /// <param name="state">What the factory is given besides the key.</param>
        /// <param name="factory">Loads the value; see <see cref="ICache{TKey, TValue}.GetOrAdd"/>.</param>
        /// <returns>The value found or loaded.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="factory"/> is null.</exception>
        /// <exception cref="InvalidOperationException">The call comes from the factory that is loading this key.</exception>
        /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
        public TValue GetOrAdd<TState>(TAlternateKey key, TState state, Func<TKey, TState, TValue> factory)
        {
            ArgumentNullException.ThrowIfNull(factory);
            return Find(key) is { } node
                ? Cache.GetOrAddFrom(node, node.Key, state, factory)
                : Cache.GetOrAdd(_comparer.Create(key), state, factory);
        }

        private CacheNode<TKey, TValue>? Find(TAlternateKey key) =>
            Cache._table.Find(key, Cache._table.MixCode(_comparer.GetHashCode(key)), _comparer);
    }
}
