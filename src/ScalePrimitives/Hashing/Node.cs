using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>A node that is only a name, a weight and a zone. Immutable; equal by value.</summary>
public sealed record Node : INode
{
    /// <summary>Initializes a node of weight 1 in no zone.</summary>
    /// <param name="id">The name that decides what the node owns: not empty, well-formed UTF-16.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is null, empty, or contains a surrogate without its partner.</exception>
    public Node(string id) => Id = NodeSet.CheckId(id, nameof(id));

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>Gets the share of keys relative to the other nodes.</summary>
    /// <value>Finite and above 0; the default is 1.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN, infinite, zero or negative.</exception>
    public double Weight { get; init => field = Guard.PositiveFinite(value); } = 1;

    /// <summary>Gets the failure domain, such as a rack or a region.</summary>
    /// <value>Not empty; null, the default, where zones play no part.</value>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string? Zone { get; init => field = value is null ? null : Guard.NotNullOrEmpty(value); }
}
