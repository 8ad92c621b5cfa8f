namespace ScalePrimitives.Clocks;

/// <summary>Keeps the high-water mark of one <see cref="HybridLogicalClock"/>, which outlives the process. Implementations are thread-safe.</summary>
public interface IClockMarkStore
{
    /// <summary>Raises the mark to at least a stamp; never lowers it. It is durable before the call returns.</summary>
    /// <param name="mark">The stamp; <see cref="HybridTimestamp.MinValue"/> only reads the mark.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The mark: <paramref name="mark"/>, or a greater one of before; <see cref="HybridTimestamp.MinValue"/> when there never was one.</returns>
    ValueTask<HybridTimestamp> RaiseAsync(HybridTimestamp mark, CancellationToken cancellationToken = default);
}
