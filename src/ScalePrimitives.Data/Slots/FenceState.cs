namespace ScalePrimitives.Data;

/// <summary>What a shard may do with a slot. The numbers stand in tables and triggers.</summary>
internal enum FenceState
{
    /// <summary>The slot is here.</summary>
    Owned = 0,

    /// <summary>The slot is here, and every change of it is noted.</summary>
    Copying = 1,

    /// <summary>The slot is here and refuses writes, until a time.</summary>
    Frozen = 2,

    /// <summary>The slot is at the peer; the copy here is not deleted yet.</summary>
    Moved = 3,

    /// <summary>The slot is at the peer, and nothing of it is here.</summary>
    Retired = 4,

    /// <summary>The slot is at the peer; a copy comes here.</summary>
    Importing = 5,

    /// <summary>The copy is complete. Whoever knows the new epoch has it from the peer, which has given the slot away.</summary>
    Ready = 6,
}
