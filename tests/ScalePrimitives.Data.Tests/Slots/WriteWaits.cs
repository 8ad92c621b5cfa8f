using System.Diagnostics;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>How long slots let no write through: from when the first that was refused, or held up, had asked to when the next was accepted. Thread-safe.</summary>
internal sealed class WriteWaits
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _refused = []; // slot → when the first of those that were refused since the last acceptance had asked
    private readonly List<TimeSpan> _refusals = [];
    private TimeSpan _longest;

    /// <summary>Gets the slots that have refused a write and accepted none since, with how long that is.</summary>
    public IReadOnlyList<(int Slot, TimeSpan Since)> Refused
    {
        get
        {
            lock (_lock)
            {
                return [.. _refused.Select(each => (each.Key, Stopwatch.GetElapsedTime(each.Value)))];
            }
        }
    }

    /// <summary>Gets how long each refusal took that is over, in order of length.</summary>
    public IReadOnlyList<TimeSpan> Refusals
    {
        get
        {
            lock (_lock)
            {
                return [.. _refusals.Order()];
            }
        }
    }

    /// <summary>Notes that a slot refused a write.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="asked">When the writer had asked.</param>
    public void Refuse(int slot, long asked)
    {
        lock (_lock)
        {
            _refused.TryAdd(slot, asked);
        }
    }

    /// <summary>Notes that a slot accepted a write.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="asked">When the writer had asked.</param>
    public void Accept(int slot, long asked)
    {
        lock (_lock)
        {
            TimeSpan wait = Stopwatch.GetElapsedTime(asked);
            if (_refused.Remove(slot, out long first))
            {
                TimeSpan refusal = Stopwatch.GetElapsedTime(first);
                _refusals.Add(refusal);
                wait = refusal > wait ? refusal : wait;
            }

            _longest = wait > _longest ? wait : _longest;
        }
    }

    /// <summary>Returns the longest wait that is over, and begins anew.</summary>
    public TimeSpan TakeLongest()
    {
        lock (_lock)
        {
            TimeSpan longest = _longest;
            _longest = TimeSpan.Zero;
            return longest;
        }
    }
}
