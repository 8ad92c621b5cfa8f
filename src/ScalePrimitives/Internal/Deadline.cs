using System.Globalization;

namespace ScalePrimitives.Internal;

/// <summary>Calls that are not waited for when their time is up.</summary>
internal static class Deadline
{
    /// <summary>
    /// For a call that its caller waits for himself, and can end sooner by his token: it ends the wait for a store that hangs, and is
    /// longer than any that works takes, even at its first connection.
    /// </summary>
    public static readonly TimeSpan OfCaller = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a call, whose token is cancelled when its time is up. One that does not regard its token is left behind, and what it throws later is not looked at.</summary>
    /// <param name="call">The call. One that holds its thread before it returns a task is waited for, however long it takes.</param>
    /// <param name="time">How long it may take.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the wait, and cancels the call's token.</param>
    /// <param name="late">Gets the result of a call that was left behind, on whichever thread it ends; must not throw. Null when such a result is of no use.</param>
    /// <exception cref="TimeoutException">The time is up.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static async Task<T> WithinAsync<T>(
        Func<CancellationToken, ValueTask<T>> call,
        TimeSpan time,
        TimeProvider timeProvider,
        CancellationToken cancellationToken,
        Action<T>? late = null)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Task<T>? running = null;
        try
        {
            running = call(either.Token).AsTask();
            _ = ContinueAsync(running, static failed => _ = failed.Exception, TaskContinuationOptions.OnlyOnFaulted); // seen
            return await running.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            // Its result may have come while the wait was ended: that is late as well.
            if (late is not null && running is not null)
            {
                _ = ContinueAsync(running, ended => late(ended.Result), TaskContinuationOptions.OnlyOnRanToCompletion);
            }

            if (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"There was no answer within {time}."), exception);
            }

            throw;
        }
    }

    private static Task ContinueAsync<T>(Task<T> running, Action<Task<T>> then, TaskContinuationOptions when) =>
        running.ContinueWith(then, CancellationToken.None, when | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
