using System.Globalization;

namespace ScalePrimitives.Ids;

/// <content>Waiting for the clock, and saying why waiting cannot help.</content>
public sealed partial class SnowflakeGenerator
{
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    // Each pause is asleep, so a frozen clock burns nothing; the monotonic clock bounds their sum.
    private long Wait(SnowflakeTerm term, long word)
    {
        _instruments?.Waited();
        Interlocked.Increment(ref _waiting);
        try
        {
            long start = _timeProvider.GetTimestamp();
            do
            {
                Pause(NextPause(term, word, start));
            }
            while (Take(1, reserved: 0, out term, out word) == 0);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return ToId(term, word);
    }

    private void Pause(TimeSpan pause)
    {
        if (ReferenceEquals(_timeProvider, TimeProvider.System))
        {
            // By the thread's own timeout: a timer fires on the thread pool, and when all its threads wait here, none is left for it.
            using var never = new ManualResetEventSlim(initialState: false, spinCount: 0);
            never.Wait(pause);
            return;
        }

        Task.Delay(pause, _timeProvider).GetAwaiter().GetResult();
    }

    private async ValueTask<long> WaitAsync(SnowflakeTerm term, long word, CancellationToken cancellationToken)
    {
        _instruments?.Waited();
        Interlocked.Increment(ref _waiting);
        try
        {
            long start = _timeProvider.GetTimestamp();
            do
            {
                await Task.Delay(NextPause(term, word, start), _timeProvider, cancellationToken).ConfigureAwait(false);
            }
            while (Take(1, reserved: 0, out term, out word) == 0);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return ToId(term, word);
    }

    /// <summary>How long to pause before <paramref name="word"/> is tried again; throws when that cannot or must not be.</summary>
    private TimeSpan NextPause(SnowflakeTerm term, long word, long start)
    {
        ThrowIfEnded(term, word);
        DateTimeOffset now = _timeProvider.GetUtcNow();
        long lead = ((word - 1) >> _sequenceBits) - Layout.TickAt(now);
        if (_rollbackPolicy == ClockRollbackPolicy.Throw && lead > _borrowTicks + _toleranceTicks && word != term.FirstWord)
        {
            _instruments?.Refused();
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The clock was set back: it says {now:O}, {lead} units before the last id, which is more than borrow limit and tolerance allow ({_borrowTicks} + {_toleranceTicks})."));
        }

        TimeSpan left = _maxWait - _timeProvider.GetElapsedTime(start);
        if (left <= TimeSpan.Zero)
        {
            _instruments?.Refused();
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No id within MaxWait, {_maxWait}: the clock says {now:O} and is {lead} units behind the last id."));
        }

        TimeSpan needed = Layout.StartOf((word >> _sequenceBits) - AllowedLead(word)) - now;
        TimeSpan pause = needed < left ? needed : left;

        // Delays are cut to whole milliseconds: rounded up, or the last fraction of one would be spun through.
        return pause < ShortestTimer ? ShortestTimer : TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds));
    }

    private void ThrowIfEnded(SnowflakeTerm term, long word)
    {
        if (word == None)
        {
            _instruments?.Refused();
            term.ThrowEnded(_timeProvider.GetUtcNow());
        }
    }
}
