namespace ScalePrimitives.Data;

/// <summary>What keeps a table from moving, or what its owner should know.</summary>
/// <param name="Problem">What was found, as a part of a sentence.</param>
/// <param name="Remedy">What to do about it, as a sentence.</param>
/// <param name="PreventsMove">Whether it keeps the table from moving.</param>
internal sealed record SlotObstacle(string Problem, string Remedy, bool PreventsMove = true);
