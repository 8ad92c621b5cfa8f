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
    /// <param name="grace">How long a call whose token is cancelled is still waited for, so that it can undo what it must; no time unless given.</param>
    /// <exception cref="TimeoutException">The time is up.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static async Task<T> WithinAsync<T>(
        Func<CancellationToken, ValueTask<T>> call,
        TimeSpan time,
        TimeProvider timeProvider,
        CancellationToken cancellationToken,
        Action<T>? late = null,
        TimeSpan grace = default)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        return await WithinAsync(call, timeout, time, timeProvider, late, grace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for a call that may take however long it must, as long as it is heard of: its time begins anew whenever it says so.</summary>
    /// <param name="call">The call, and what it does to be heard.</param>
    /// <param name="silence">How long nothing may be heard of it.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="grace">How long a call whose token is cancelled is still waited for.</param>
    /// <param name="cancellationToken">Ends the wait, and cancels the call's token.</param>
    /// <exception cref="TimeoutException">Nothing was heard of it for so long.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static async Task<T> WhileHeardAsync<T>(
        Func<Action, CancellationToken, ValueTask<T>> call,
        TimeSpan silence,
        TimeProvider timeProvider,
        TimeSpan grace,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(silence, timeProvider);
        return await WithinAsync(token => call(Hear, token), timeout, silence, timeProvider, late: null, grace, cancellationToken).ConfigureAwait(false);

        void Hear()
        {
            try
            {
                timeout.CancelAfter(silence);
            }
            catch (ObjectDisposedException)
            {
                // Nobody listens any more.
            }
        }
    }

    private static async Task<T> WithinAsync<T>(
        Func<CancellationToken, ValueTask<T>> call,
        CancellationTokenSource timeout,
        TimeSpan time,
        TimeProvider timeProvider,
        Action<T>? late,
        TimeSpan grace,
        CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using CancellationTokenSource? abandoned = grace > TimeSpan.Zero ? new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider) : null;
        using CancellationTokenRegistration ending = abandoned is null ? default : either.Token.Register(() => abandoned.CancelAfter(grace));
        Task<T>? running = null;
        try
        {
            running = call(either.Token).AsTask();
            _ = ContinueAsync(running, static failed => _ = failed.Exception, TaskContinuationOptions.OnlyOnFaulted); // seen
            return await running.WaitAsync((abandoned ?? either).Token).ConfigureAwait(false);
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
