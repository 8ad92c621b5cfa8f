namespace ScalePrimitives.Ids;

/// <summary>What a generator does when the clock was set back by more than it tolerates.</summary>
public enum ClockRollbackPolicy
{
    /// <summary>Wait until the clock has caught up, at most as long as the generator's longest wait.</summary>
    Wait,

    /// <summary>Throw an <see cref="InvalidOperationException"/> at once.</summary>
    Throw,
}
