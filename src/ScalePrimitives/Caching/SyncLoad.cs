using System.Runtime.ExceptionServices;

namespace ScalePrimitives.Caching;

/// <summary>A load whose factory runs on the thread that created this; other threads block until it ends.</summary>
internal sealed class SyncLoad<TKey, TValue>(TKey key) : Load<TKey>(key)
    where TKey : notnull
{
    private readonly object _gate = new(); // a monitor, because waiting for a condition needs one
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private bool _ended;
    private TValue? _value;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Gets a value indicating whether the caller is inside this load's factory, and so would wait for itself.</summary>
    public bool IsOwnedByThisThread => _threadId == Environment.CurrentManagedThreadId;

    public void Complete(TValue value)
    {
        lock (_gate)
        {
            _value = value;
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    public override void Fail(Exception exception)
    {
        lock (_gate)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    public TValue Wait()
    {
        lock (_gate)
        {
            while (!_ended)
            {
                Monitor.Wait(_gate);
            }
        }

        _failure?.Throw();
        return _value!;
    }
}
