namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>What was measured of some moves.</summary>
/// <param name="RowsPerSecond">Rows copied in a second, while rows were copied.</param>
/// <param name="SecondsPerMove">From the first check to the last row deleted.</param>
/// <param name="QuietWritesPerSecond">Writes before the first move.</param>
/// <param name="MovingWritesPerSecond">Writes during the moves.</param>
/// <param name="RefusedMs">Of each move, the time from the first write that was refused to the next that was accepted; 0 when none was refused.</param>
/// <param name="PausesMs">Of each move, the longest time in which no write was accepted.</param>
internal sealed record SlotMoveFigures(double RowsPerSecond, double SecondsPerMove, double QuietWritesPerSecond, double MovingWritesPerSecond, List<double> RefusedMs, List<double> PausesMs);
