using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>What stands in sentences.</summary>
internal static class Text
{
    public static string Count(long count, string what) => $"{count:N0} {what}{(count == 1 ? "" : "s")}";

    public static string Describe(SlotMove move) => $"{Count(move.Slots.Length, "slot")} from {move.From} to {move.To}";
}
