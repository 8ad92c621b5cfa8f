namespace ScalePrimitives.Data;

/// <summary>What is said of a table's own triggers.</summary>
internal static class SlotTriggers
{
    /// <summary>Says that a trigger fires for rows that only move, as if they were new, or deleted.</summary>
    public static SlotObstacle Fires(string trigger, string moves, string? otherwise = null) => new(
        $"its trigger {trigger} fires for rows that only move, as if they were new or deleted",
        $"Leave them out in it, by the condition NOT EXISTS (SELECT 1 FROM {moves} WHERE mover = 1), which is false for the mover alone: writers need the privilege to read {moves} where the trigger has theirs. "
            + $"Or name {moves} in a comment in it, if it may fire.{(otherwise is null ? "" : " " + otherwise)}");
}
