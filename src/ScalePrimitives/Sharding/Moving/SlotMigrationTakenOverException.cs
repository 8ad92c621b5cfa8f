namespace ScalePrimitives.Sharding;

/// <summary>Someone else goes on with a migration: the one who gets this can change nothing any more, and stops.</summary>
/// <param name="id">The id of the migration.</param>
/// <param name="attempt">The attempt that was taken over.</param>
public sealed class SlotMigrationTakenOverException(Guid id, int attempt)
    : Exception(FormattableString.Invariant($"The migration {id} was taken over: attempt {attempt} is no longer the newest."))
{
    /// <summary>Gets the id of the migration.</summary>
    public Guid Id { get; } = id;

    /// <summary>Gets the attempt that was taken over.</summary>
    public int Attempt { get; } = attempt;
}
