using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>How a <see cref="HashRing{TNode}"/> places its nodes.</summary>
public sealed record HashRingOptions
{
    /// <summary>
    /// Gets or sets how many points a node of weight 1 has on the ring; one of weight w has w times as many, rounded, at least one.
    /// The load of a node deviates by about 1 / √points; each point costs 16 bytes.
    /// </summary>
    /// <value>1 to 65,536; the default is 200, with which the busiest of 10 nodes stays below 1.17 times the mean in nine sets of nodes in ten.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 1 to 65,536.</exception>
    public int VirtualNodes { get; set => field = Guard.InRange(value, 1, 65_536); } = 200;
}
