namespace ScalePrimitives.Hashing;

/// <summary>
/// A rule of other software for where the nodes of a ring have their points. A node's points may depend on the whole set, so a
/// changed set is placed anew.
/// </summary>
internal interface IRingPlacement
{
    /// <summary>Makes the points of all nodes, ordered by position; of equal positions the first owns the arc.</summary>
    /// <exception cref="ArgumentException">The rule has no place for such nodes; the message names <paramref name="argument"/>.</exception>
    List<RingPoint> Place<TNode>(NodeSet<TNode> nodes, string argument)
        where TNode : INode;
}
