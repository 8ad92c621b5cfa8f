namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>Draws values. Called from several threads at once.</summary>
internal interface IDraw
{
    /// <summary>Draws one; returns something that depends on it.</summary>
    long Draw();
}
