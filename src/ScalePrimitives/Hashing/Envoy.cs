using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Rings and key hashes of the Envoy proxy, so that a .NET service finds the host to which the proxies route a key. For clusters
/// that balance by <c>maglev</c> take <see cref="MaglevTable{TNode}"/> with the key hashes of this class.
/// </summary>
/// <remarks>
/// <code>
/// HashRing&lt;Node&gt; ring = Envoy.CreateRing(hosts);
/// Node host = ring.GetNodeByHash(Envoy.KeyHash(userId));
/// </code>
/// <c>ring.GetNode(userId)</c> would hash by <see cref="Hashing.KeyHash"/> and disagree with the proxies. Thread-safe.
/// Source: Envoy's documentation of its load balancers; its tests give the vectors that this class is proven with.
/// </remarks>
public static class Envoy
{
    /// <summary>Builds the ring of a <c>ring_hash</c> cluster.</summary>
    /// <param name="nodes">
    /// The hosts. An id is what Envoy hashes: the address and port, as in <c>10.0.0.1:8080</c>, or the hash key of the host's
    /// metadata. Where the ring's size leaves fractions of points, Envoy deals them in the order of its hosts, this class in that of ids.
    /// </param>
    /// <param name="options">The settings of the cluster; null for Envoy's defaults.</param>
    /// <returns>
    /// The ring. Its number of points, and therewith those of every node, depends on all the weights, so <c>Add</c>,
    /// <c>Remove</c> and <c>Replace</c> build it anew.
    /// </returns>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="nodes"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">
    /// Two nodes have the same id (ordinal), an id is empty or ill-formed, a weight is not finite and above 0, there are more than
    /// 65,535 nodes, the weights are so far apart that one vanishes beside their sum, or the maximum size is below the minimum.
    /// </exception>
    public static HashRing<TNode> CreateRing<TNode>(IEnumerable<TNode> nodes, EnvoyRingOptions? options = null)
        where TNode : INode => new(nodes, new EnvoyRingPlacement(options ?? new EnvoyRingOptions()));

    /// <summary>Hashes what Envoy routes by, as a hash policy on one header, cookie or query parameter does: XXH64 with seed 0.</summary>
    /// <param name="key">The value; may be empty.</param>
    /// <returns>The digest. Several policies on one route are combined by Envoy: h = rotate-left(h, 1) ⊕ next.</returns>
    public static ulong KeyHash(ReadOnlySpan<byte> key) => XxHash64.HashToUInt64(key);

    /// <summary>Hashes the UTF-8 bytes of what Envoy routes by. A surrogate without its partner counts as U+FFFD.</summary>
    /// <inheritdoc cref="KeyHash(ReadOnlySpan{byte})"/>
    [SkipLocalsInit]
    public static ulong KeyHash(ReadOnlySpan<char> key)
    {
        Span<byte> buffer = stackalloc byte[Utf8Key.StackSize];
        using var utf8 = new Utf8Key(key, buffer);
        return KeyHash(utf8.Bytes);
    }

    /// <inheritdoc cref="KeyHash(ReadOnlySpan{char})"/>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public static ulong KeyHash(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return KeyHash(key.AsSpan());
    }
}
