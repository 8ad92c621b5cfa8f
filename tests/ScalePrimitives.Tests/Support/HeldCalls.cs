namespace ScalePrimitives.Tests.Support;

/// <summary>
/// Calls that reach their target, whose answers are held back for as long as a test wants, whatever tokens they were given:
/// a store that hangs. Answers are given on the thread that asks for them. Thread-safe.
/// </summary>
internal sealed class HeldCalls
{
    private readonly Queue<Action> _held = new();
    private int _made;

    /// <summary>Gets or sets a value indicating whether the answers of calls are held back from now on.</summary>
    public bool IsHolding { get; set; }

    /// <summary>Gets how many calls were made, held or not, and have reached their target.</summary>
    public int Made
    {
        get
        {
            lock (_held)
            {
                return _made;
            }
        }
    }

    /// <summary>Makes a call, and holds its answer back if calls hang.</summary>
    public ValueTask<T> MakeAsync<T>(Func<ValueTask<T>> call)
    {
        lock (_held)
        {
            _made++;
            if (!IsHolding)
            {
                return call();
            }

            Task<T> made = call().AsTask(); // the target does its work at once
            var answer = new TaskCompletionSource<T>();
            _held.Enqueue(() => answer.SetResult(made.GetAwaiter().GetResult()));
            return new ValueTask<T>(answer.Task);
        }
    }

    /// <summary>Gives the oldest answer that is held back.</summary>
    public void AnswerOldest()
    {
        Action answer;
        lock (_held)
        {
            answer = _held.Dequeue();
        }

        answer();
    }
}
