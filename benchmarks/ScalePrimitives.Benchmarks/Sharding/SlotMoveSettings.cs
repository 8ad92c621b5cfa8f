namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>What slot is moved under which load.</summary>
/// <param name="Rows">How many rows the slot has.</param>
/// <param name="Writers">How many write at a time.</param>
/// <param name="Rate">How many writes each tries in a second.</param>
internal sealed record SlotMoveSettings(int Rows, int Writers, int Rate);
