namespace ScalePrimitives.Ids;

/// <content>Fetching blocks: one call of the store at a time for all who need it, and those that were given up.</content>
public sealed partial class TicketGenerator
{
    // Puts the next block in place of one that is used up, and returns null, or what fetches it.
    private TicketFetch? MoveOn(TicketRun usedUp)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_current, usedUp))
            {
                return null; // another call has
            }

            if (_ready.TryDequeue(out TicketRun? next))
            {
                Volatile.Write(ref _current, next);
                return null;
            }

            return _fetch ??= BeginFetch();
        }
    }

    private void Prefetch()
    {
        lock (_lock)
        {
            if (_ready.Count == 0)
            {
                _fetch ??= BeginFetch();
            }
        }
    }

    // Under the lock, so that there is one. The store is called outside it: by a thread of the pool, unless one who waits is sooner.
    private TicketFetch BeginFetch()
    {
        var fetch = new TicketFetch(NextBlockSize());
        _ = Task.Run(() => fetch.TryClaim() ? FetchAsync(fetch) : Task.CompletedTask);
        return fetch;
    }

    // Doubled while a block lasts less than its time, halved when it lasts four times that.
    private int NextBlockSize()
    {
        long now = _timeProvider.GetTimestamp();
        TimeSpan lasted = _timeProvider.GetElapsedTime(_lastFetch, now);
        _lastFetch = now;
        if (_blockSize == 0)
        {
            _blockSize = _initialBlock;
        }
        else if (lasted < BlockLifetime)
        {
            _blockSize = Math.Min(_blockSize * 2, _maxBlock);
        }
        else if (lasted > 4 * BlockLifetime)
        {
            _blockSize = Math.Max(_blockSize / 2, _initialBlock);
        }

        return _blockSize;
    }

    // Never throws. A call that is given up goes on here, and its block may come yet.
    private async Task FetchAsync(TicketFetch fetch)
    {
        using var timeout = new CancellationTokenSource(_storeTimeout, _timeProvider);

        // A timer besides: the store may hold the thread, or do what takes its time when its token is cancelled.
        using ITimer deadline = _timeProvider.CreateTimer(_ => GiveUp(fetch), null, _storeTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            TicketBlock block = await _store.ReserveAsync(_name, fetch.Count, cancellationToken: timeout.Token).ConfigureAwait(false);
            Receive(fetch, block.Checked(_name, fetch.Count));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            GiveUp(fetch);
        }
        catch (Exception failure)
        {
            if (TryLeave(fetch))
            {
                fetch.Fail(failure);
            }
        }
    }

    private void Receive(TicketFetch fetch, TicketBlock block)
    {
        TicketFetch? waited;
        lock (_lock)
        {
            waited = _fetch;
            if (!ReferenceEquals(waited, fetch) && block.First <= _lastNumber)
            {
                return; // late, and numbers would fall
            }

            _ready.Enqueue(new TicketRun(block));
            _lastNumber = Math.Max(_lastNumber, block.Last);
            _fetch = null; // one that goes on brings its block late
        }

        waited?.End();
    }

    // Whoever waits asks the store anew, if his time is not up as well.
    private void GiveUp(TicketFetch fetch)
    {
        if (TryLeave(fetch))
        {
            fetch.End();
        }
    }

    private bool TryLeave(TicketFetch fetch)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_fetch, fetch))
            {
                return false; // given up already
            }

            _fetch = null;
            _blockSize = 0; // no larger block of a store that fails
            return true;
        }
    }
}
