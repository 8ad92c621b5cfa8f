using System.Diagnostics.CodeAnalysis;

namespace ScalePrimitives.Caching;

/// <summary>
/// A thread-safe cache: what was set may be gone later, and a value can be loaded by one factory run that all callers
/// share. Null values are values like others; null keys are refused with an <see cref="ArgumentNullException"/>.
/// </summary>
/// <remarks>
/// <para><b>Single flight.</b> While a factory runs for a key, further calls for the same key wait for that run. Its value
/// goes to all of them; so does its exception, and then nothing is stored. Synchronous and asynchronous calls do not wait
/// for each other: at worst one of each runs, and the value of the one that ends first is stored.</para>
/// <para><b>Writes win.</b> When the key is set or removed while its factory runs, the run's value is returned to those that
/// wait for it, but not stored; later callers do not join that run.</para>
/// <para><b>Cycles.</b> A factory that asks for the key it is loading, by a call of the same kind, gets an
/// <see cref="InvalidOperationException"/>, unless a value is there meanwhile: a synchronous one on its own thread, an
/// asynchronous one in all work that it started. Factories that wait for each other's keys in a circle, or for a thread that
/// does, wait forever: that is for the caller to avoid.</para>
/// <para>The <c>state</c> argument is handed to the factory, so that a <c>static</c> lambda needs no closure and a hit
/// allocates nothing.</para>
/// </remarks>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
public interface ICache<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Looks for the value of a key, and counts as a use of it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value found, or the default of its type.</param>
    /// <returns>Whether a value was found.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value);

    /// <summary>Stores a value, in place of the one that the key has, if any.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null is a value.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    void Set(TKey key, TValue value);

    /// <summary>Takes the value of a key out.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was a value.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    bool Remove(TKey key);

    /// <summary>Returns the value of a key, loading and storing it when there is none.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="state">What the factory is given besides the key.</param>
    /// <param name="factory">
    /// Loads the value, on the calling thread and outside all locks. Not run when there is a value, or when another thread
    /// is loading it, for which this call then waits.
    /// </param>
    /// <returns>The value found or loaded.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="factory"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call comes from the factory that is loading this key.</exception>
    TValue GetOrAdd<TState>(TKey key, TState state, Func<TKey, TState, TValue> factory);

    /// <summary>Returns the value of a key, loading and storing it asynchronously when there is none.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="state">What the factory is given besides the key.</param>
    /// <param name="factory">
    /// Loads the value; called on the calling thread and outside all locks. Its token fires only when every call that waits
    /// for this run has been cancelled; such a run's value is not stored. Not run when there is a value, or when another
    /// asynchronous call is loading it.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the waiting of this call alone, at once; the others that wait for the same run are not disturbed. Not looked at
    /// when the value is there.
    /// </param>
    /// <returns>The value found or loaded; completed already when it was found.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="factory"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call comes from the factory that is loading this key, or from work that it started.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired before the value was there.</exception>
    ValueTask<TValue> GetOrAddAsync<TState>(
        TKey key,
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> factory,
        CancellationToken cancellationToken = default);
}
