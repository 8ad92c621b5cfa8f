using System.Runtime.CompilerServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Caching;

/// <summary>
/// The cache's lock. Writers enter it and say so while they wait; readers that only need room in the <see cref="ReadLog"/>
/// take it when nobody waits. Without that, readers that never pause take the lock from under a writer that sleeps, over and
/// over, until the lock itself ends that after 100 ms.
/// </summary>
internal sealed class CacheGate
{
    // What holds the lock is short. So a writer looks again for some microseconds, and lets others run, before it sleeps:
    // being woken takes longer than most that it waits for.
    private const int AttemptsBeforeSleep = 16;

    private readonly Lock _lock = new();
    private int _waiting;

    /// <summary>Gets a value indicating whether this thread is inside; for assertions.</summary>
    public bool IsHeldByCurrentThread => _lock.IsHeldByCurrentThread;

    /// <summary>Enters, as a writer.</summary>
    /// <returns>What leaves again when it is disposed of.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Scope EnterScope()
    {
        if (!_lock.TryEnter())
        {
            Wait();
        }

        return new Scope(_lock);
    }

    /// <summary>Enters, as a reader that makes room, if nobody is inside.</summary>
    /// <param name="beforeWriters">Whether to go before writers that wait.</param>
    /// <returns>Whether it entered; then <see cref="Exit"/> must follow.</returns>
    public bool TryEnter(bool beforeWriters) => (beforeWriters || Volatile.Read(ref _waiting) == 0) && _lock.TryEnter();

    /// <summary>Leaves, after <see cref="TryEnter"/>.</summary>
    public void Exit() => _lock.Exit();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wait()
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            var backoff = default(Backoff);
            for (int i = 0; i < AttemptsBeforeSleep; i++)
            {
                backoff.Wait();
                if (_lock.TryEnter())
                {
                    return;
                }
            }

            _lock.Enter();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Leaves the gate at its end.</summary>
    public readonly ref struct Scope(Lock entered)
    {
        /// <summary>Leaves.</summary>
        public void Dispose() => entered.Exit();
    }
}
