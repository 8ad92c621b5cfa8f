namespace ScalePrimitives.Ids;

/// <summary>
/// Issues identifiers, each at most once. Implementations are thread-safe, and the members may be mixed: an id comes out of one call only.
/// </summary>
/// <remarks>
/// An <see cref="InvalidOperationException"/> from any member means that waiting cannot help (time exhausted, clock refused, lease lost).
/// A <see cref="TimeoutException"/> means that waiting did not help within the time that the generator's options allow.
/// </remarks>
/// <typeparam name="TId">The type of the identifiers.</typeparam>
public interface IIdGenerator<TId>
{
    /// <summary>Returns the next id. May wait for the clock or a block of ids, without spinning and for a bounded time.</summary>
    /// <returns>An id that was not issued before.</returns>
    /// <exception cref="TimeoutException">The longest wait that the options allow has passed.</exception>
    /// <exception cref="InvalidOperationException">No id can be had, and waiting cannot help.</exception>
    TId Next();

    /// <summary>Returns the next id if it can be had at once. Never waits.</summary>
    /// <param name="id">The id; the default value when the result is <see langword="false"/>.</param>
    /// <returns><see langword="false"/> only where waiting can help.</returns>
    /// <exception cref="InvalidOperationException">No id can be had, and waiting cannot help.</exception>
    bool TryNext(out TId id);

    /// <summary>Returns the next id, waiting as <see cref="Next"/> does but without holding a thread. Completes synchronously when no wait is needed.</summary>
    /// <param name="cancellationToken">Ends the wait. A cancelled call has taken no id.</param>
    /// <returns>An id that was not issued before.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled before an id could be had.</exception>
    /// <exception cref="TimeoutException">The longest wait that the options allow has passed.</exception>
    /// <exception cref="InvalidOperationException">No id can be had, and waiting cannot help.</exception>
    ValueTask<TId> NextAsync(CancellationToken cancellationToken = default);

    /// <summary>Fills the start of a span with as many ids as can be had without waiting.</summary>
    /// <param name="destination">Receives the ids. What lies beyond the returned count is not touched.</param>
    /// <returns>How many ids were written: 0 for an empty span, and where only waiting can help.</returns>
    /// <exception cref="InvalidOperationException">Not one id can be had, and waiting cannot help.</exception>
    int Fill(Span<TId> destination);
}
