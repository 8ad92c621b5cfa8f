namespace ScalePrimitives.Hashing;

/// <summary>A topology that can go through the nodes of a key's hash without putting all of them in order first.</summary>
internal interface IPreferenceWalk
{
    /// <summary>Finds the most preferred node that is taken, of those that were not asked yet.</summary>
    /// <param name="keyHash">The hash.</param>
    /// <param name="asked">The most preferred nodes, which are left out; none or more.</param>
    /// <param name="choice">Takes a node.</param>
    /// <returns>Its index; −1 when all are left.</returns>
    int FindFirst<TChoice>(ulong keyHash, ReadOnlySpan<int> asked, ref TChoice choice)
        where TChoice : struct, INodeChoice;
}
