namespace ScalePrimitives.Data;

/// <summary>What a mover's connection was set to.</summary>
/// <param name="Local">The statements that set each of its transactions, for those alone; null when there are none.</param>
/// <param name="Undo">The statement that gives the connection back as it was; null when nothing outlives a transaction.</param>
/// <param name="MaxBatchBytes">How many bytes of rows one statement can carry.</param>
/// <param name="MaxRowBytes">How many bytes a row can have that a statement carries alone.</param>
internal readonly record struct SlotSettings(string? Local = null, string? Undo = null, long MaxBatchBytes = long.MaxValue, long MaxRowBytes = long.MaxValue);
