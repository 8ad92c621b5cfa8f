using System.Runtime.ExceptionServices;

namespace ScalePrimitives.Caching;

/// <summary>A load whose factory runs on the thread that created this; other threads block until it ends.</summary>
/// <param name="key">The key.</param>
/// <param name="hash">The key's hash.</param>
/// <param name="canBeJoined">Whether callers may wait for it: not for one that is queued to the pool, whose threads they may be.</param>
internal sealed class SyncLoad<TKey, TValue>(TKey key, uint hash, bool canBeJoined = true) : Load<TKey>(key, hash)
    where TKey : notnull
{
    private readonly int _threadId = canBeJoined ? Environment.CurrentManagedThreadId : 0;
    private object? _gate; // made by the first that joins; a monitor, because waiting for a condition needs one
    private bool _ended;
    private TValue? _value;
    private ExceptionDispatchInfo? _failure;

    public bool CanBeJoined => canBeJoined;

    /// <summary>Gets a value indicating whether the caller is inside this load's factory, and so would wait for itself.</summary>
    public bool IsOwnedByThisThread => _threadId == Environment.CurrentManagedThreadId;

    /// <summary>Announces a caller of <see cref="Wait"/>. Under the cache's lock, while the load runs.</summary>
    public void Join() => _gate ??= new object();

    /// <summary>Ends the load for all who wait. After it has left the table, so that nobody joins any more.</summary>
    public void Complete(TValue value) => End(value, failure: null);

    public override void Fail(Exception exception) => End(value: default, ExceptionDispatchInfo.Capture(exception));

    public TValue Wait()
    {
        lock (_gate!)
        {
            while (!_ended)
            {
                Monitor.Wait(_gate);
            }
        }

        _failure?.Throw();
        return _value!;
    }

    private void End(TValue? value, ExceptionDispatchInfo? failure)
    {
        if (_gate is null)
        {
            return; // nobody waits
        }

        lock (_gate)
        {
            (_value, _failure, _ended) = (value, failure, true);
            Monitor.PulseAll(_gate);
        }
    }
}
