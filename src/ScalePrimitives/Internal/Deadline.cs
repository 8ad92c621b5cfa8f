using System.Globalization;

namespace ScalePrimitives.Internal;

/// <summary>Calls that are not waited for when their time is up.</summary>
internal static class Deadline
{
    /// <summary>Waits for a call, whose token is cancelled when its time is up. One that does not regard its token is left behind, and what it throws later is not looked at.</summary>
    /// <exception cref="TimeoutException">The time is up.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public static async Task<T> WithinAsync<T>(Func<CancellationToken, ValueTask<T>> call, TimeSpan time, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            Task<T> running = call(either.Token).AsTask();
            _ = running.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default); // seen
            return await running.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"There was no answer within {time}."), exception);
        }
    }
}
