namespace ScalePrimitives.Hashing;

/// <summary>Decides about nodes in turn. Implemented by structs, so that a walk with a choice that keeps state allocates nothing.</summary>
internal interface INodeChoice
{
    /// <summary>Takes a node or leaves it. Asked once for each node, in order of preference.</summary>
    bool Takes(int index);

    /// <summary>
    /// Tells, at any time and cheaply, whether a node might be taken: one that would not be need not be put into its place. True where only asking can tell.
    /// </summary>
    bool MayTake(int index);
}
