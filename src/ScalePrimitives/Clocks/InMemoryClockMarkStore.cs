namespace ScalePrimitives.Clocks;

/// <summary>Keeps the mark in memory: for tests, where a clock is opened again over the same store. Thread-safe; O(1).</summary>
public sealed class InMemoryClockMarkStore : IClockMarkStore
{
    private readonly Lock _lock = new();
    private HybridTimestamp _mark;

    /// <inheritdoc/>
    public ValueTask<HybridTimestamp> RaiseAsync(HybridTimestamp mark, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _mark = mark > _mark ? mark : _mark;
            return ValueTask.FromResult(_mark);
        }
    }
}
