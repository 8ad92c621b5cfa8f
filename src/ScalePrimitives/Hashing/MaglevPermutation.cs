namespace ScalePrimitives.Hashing;

/// <summary>The order in which a node prefers the slots of a table of prime size: offset, offset + skip, offset + 2 × skip … around it.</summary>
/// <param name="Offset">From 0 to size − 1.</param>
/// <param name="Skip">From 1 to size − 1; the size is prime, so every slot comes up once.</param>
internal readonly record struct MaglevPermutation(int Offset, int Skip);
