namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>One that does the same work as the others of its question.</summary>
internal abstract class Contender(string name)
{
    public string Name { get; } = name;

    /// <summary>Says what else is to be told of it since the last call of this method, such as a hit ratio; null when nothing is.</summary>
    public virtual string? TakeNote() => null;

    /// <summary>Makes ready what <see cref="Run"/> is to work on, before the time runs.</summary>
    public virtual void Prepare(int worker, int operations)
    {
    }

    /// <summary>Does a number of operations.</summary>
    /// <param name="worker">The number of the calling thread, from 0; no other calls with this number meanwhile.</param>
    /// <param name="operations">How many operations.</param>
    /// <returns>A sum that depends on every operation, so that none can be optimised away.</returns>
    public abstract long Run(int worker, int operations);
}
