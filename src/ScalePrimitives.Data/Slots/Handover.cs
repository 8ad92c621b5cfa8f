namespace ScalePrimitives.Data;

/// <summary>What a mover knows of a migration whose copies it has compared. Whoever takes over has none, and compares anew. Not thread-safe.</summary>
internal sealed class Handover
{
    /// <summary>Gets the keys that were written since, and are to be compared.</summary>
    public UnverifiedKeys Unverified { get; } = new();

    /// <summary>Gets or sets whether all else was compared.</summary>
    public bool IsCompared { get; set; }

    /// <summary>Gets or sets how many slots are frozen at once.</summary>
    public int GroupSize { get; set; } = int.MaxValue;

    /// <summary>Gets or sets whether fences could not be changed in time before.</summary>
    public bool IsFreezingAgain { get; set; }
}
