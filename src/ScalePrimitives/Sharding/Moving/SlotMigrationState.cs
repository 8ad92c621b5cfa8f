namespace ScalePrimitives.Sharding;

/// <summary>How far a migration is: in each state it does the work that leads to the next. Up to <see cref="Frozen"/> it can be cancelled; from <see cref="HandingOver"/> on there is only forward.</summary>
public enum SlotMigrationState
{
    /// <summary>Both shards are checked and claimed.</summary>
    Preparing,

    /// <summary>The rows are copied, while writes go on at the source and are noted.</summary>
    Copying,

    /// <summary>What was written meanwhile is copied again.</summary>
    CatchingUp,

    /// <summary>Both copies are compared.</summary>
    Verifying,

    /// <summary>The source refuses writes for a moment: the last changes are copied, and the slots change hands.</summary>
    Frozen,

    /// <summary>The target has some of the slots, because writers could not be drained from all of them at once. The others follow, some at a time.</summary>
    HandingOver,

    /// <summary>The target has the slots. The map is yet to say so.</summary>
    Moved,

    /// <summary>The map says so. The source's copy is deleted once no router can have an older map.</summary>
    Published,

    /// <summary>Done: nothing of the slots is left at the source.</summary>
    Retired,

    /// <summary>The slots stay at the source, which is told so first; then what the target has of them is deleted.</summary>
    Cancelling,

    /// <summary>Cancelled: all is as it was before.</summary>
    Cancelled,
}
