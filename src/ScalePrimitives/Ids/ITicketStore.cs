namespace ScalePrimitives.Ids;

/// <summary>
/// Reserves blocks of numbers, each number once, whatever fails: the reservation is durable before the call returns. Numbers of a
/// block whose caller dies are lost, not repeated. Implementations are thread-safe.
/// </summary>
public interface ITicketStore
{
    /// <summary>Reserves the next numbers of a name.</summary>
    /// <param name="name">Which row of numbers: the same name gives the same row to every client.</param>
    /// <param name="count">How many numbers, from 1.</param>
    /// <param name="atLeast">The least number wanted, 0 or more. A store that is behind it goes on from there, and stays there: so a master that lags is pulled up.</param>
    /// <param name="cancellationToken">Ends the call. What it had reserved by then is lost.</param>
    /// <returns>Numbers of which none was returned before, nor ever will be again; exactly <paramref name="count"/> of them.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is not one the store takes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> or <paramref name="atLeast"/> is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The numbers of the row are exhausted, or the store is not set up to keep what it commits.</exception>
    ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default);
}
