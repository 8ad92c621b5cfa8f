using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>The settings of an Envoy cluster's <c>ring_hash</c> load balancer, which must equal those of the proxies to agree with.</summary>
public sealed record EnvoyRingOptions
{
    private const int MaxSize = 8_388_608;

    /// <summary>
    /// Gets or sets <c>minimum_ring_size</c>: at least how many points the nodes have together. It is rounded up so that the node
    /// of the smallest weight has a whole number of them, and yields to <see cref="MaximumSize"/>.
    /// </summary>
    /// <value>1 to 8,388,608; the default is 1,024, as in Envoy.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 1 to 8,388,608.</exception>
    public int MinimumSize { get; set => field = Guard.InRange(value, 1, MaxSize); } = 1024;

    /// <summary>
    /// Gets or sets <c>maximum_ring_size</c>: at most how many points the nodes have together. With fewer points than nodes some
    /// nodes own nothing.
    /// </summary>
    /// <value>From <see cref="MinimumSize"/> to 8,388,608, which is the default, as in Envoy.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 1 to 8,388,608.</exception>
    public int MaximumSize { get; set => field = Guard.InRange(value, 1, MaxSize); } = MaxSize;

    /// <summary>Gets or sets <c>hash_function</c>: what places the points. Keys are hashed alike whatever it is.</summary>
    /// <value>One of the named values; the default is <see cref="EnvoyHashFunction.XxHash64"/>, as in Envoy.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the named ones.</exception>
    public EnvoyHashFunction HashFunction { get; set => field = Guard.Defined(value); } = EnvoyHashFunction.XxHash64;
}
