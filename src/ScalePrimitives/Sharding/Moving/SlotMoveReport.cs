using System.Collections.Immutable;

namespace ScalePrimitives.Sharding;

/// <summary>What a check of moves has found, and how much there is to move. Immutable.</summary>
/// <param name="Findings">What was found, in no particular order.</param>
/// <param name="Rows">How many rows will move, about.</param>
/// <param name="Bytes">How many bytes they have, about.</param>
/// <param name="Duration">How long it will take to copy and compare them, about, if nothing else keeps the shards busy.</param>
public sealed record SlotMoveReport(ImmutableArray<SlotMoveFinding> Findings, long Rows, long Bytes, TimeSpan Duration)
{
    /// <summary>Gets whether nothing was found that prevents a move.</summary>
    public bool IsClean => !Findings.Any(static finding => finding.PreventsMove);

    internal void ThrowUnlessClean()
    {
        if (!IsClean)
        {
            throw new InvalidOperationException(string.Join(" ", Findings.Where(static finding => finding.PreventsMove)));
        }
    }
}
