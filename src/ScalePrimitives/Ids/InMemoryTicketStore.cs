using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Keeps the numbers in memory: for tests, and for ids that need not outlive the process, for it begins anew with each. Thread-safe; O(1).
/// </summary>
/// <param name="sequence">Which numbers it hands out; null for 1, 2, 3 …</param>
public sealed class InMemoryTicketStore(MultiMasterSequence? sequence = null) : ITicketStore
{
    private readonly MultiMasterSequence _sequence = sequence ?? new MultiMasterSequence(offset: 1, step: 1);
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Guard.InRange(count, 1, int.MaxValue);
        Guard.InRange(atLeast, 0, long.MaxValue);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            try
            {
                long first = _sequence.AtLeast(Math.Max(_next.GetValueOrDefault(name), atLeast));
                _next[name] = checked(first + (count * _sequence.Step)); // past the last one, that there is a next
                return ValueTask.FromResult(new TicketBlock(first, _sequence.Step, count));
            }
            catch (OverflowException exception)
            {
                throw new InvalidOperationException($"The numbers of '{name}' are exhausted.", exception);
            }
        }
    }
}
