namespace ScalePrimitives.Hashing;

/// <summary>
/// A server, cache, partition or worker that keys are placed on. Implement it on the type that holds the connection, or use
/// <see cref="Node"/>.
/// </summary>
/// <remarks>
/// A topology reads these properties when the node joins it, and they must not change meanwhile. To change a weight, join again with
/// <see cref="HashRing{TNode}.Replace"/>.
/// </remarks>
public interface INode
{
    /// <summary>
    /// Gets the name that decides what the node owns: not empty, well-formed UTF-16, unique within a topology by ordinal
    /// comparison. The same name owns the same keys wherever the topology is built.
    /// </summary>
    string Id { get; }

    /// <summary>Gets the share of keys relative to the other nodes: finite and above 0; 1 unless the node says otherwise.</summary>
    double Weight => 1;

    /// <summary>Gets the failure domain, such as a rack or a region; null, the default, where zones play no part.</summary>
    string? Zone => null;
}
