using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>A slot whose fence on a shard is not as the map says. Immutable.</summary>
/// <param name="ShardId">The shard.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="Problem">How it differs, as a part of a sentence.</param>
public sealed record SlotFenceFinding(string ShardId, int Slot, SlotFenceProblem Kind, string Problem)
{
    /// <summary>Writes which slot it is and how it differs.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"slot {Slot} on '{ShardId}': {Problem}");
}
