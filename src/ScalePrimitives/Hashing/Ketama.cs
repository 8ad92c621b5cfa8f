using System.Runtime.CompilerServices;

namespace ScalePrimitives.Hashing;

/// <summary>
/// The rings of memcached clients and of nginx, so that a .NET client finds each key on the server where a pool that already
/// runs has it. For a pool of your own take <see cref="HashRing{TNode}"/>, which hashes faster and spreads more evenly.
/// </summary>
/// <remarks>
/// <code>
/// HashRing&lt;Node&gt; ring = Ketama.CreateRing(servers, KetamaFlavor.Libketama);
/// Node server = ring.GetNodeByHash(Ketama.KeyHash("user:42"));
/// </code>
/// <para>
/// Ring and key hash must be of the same flavor. Hash the key without the prefix that a client puts before it by its own option
/// (libmemcached's <c>MEMCACHED_CALLBACK_PREFIX_KEY</c>, also called the namespace; php-memcached's <c>OPT_PREFIX_KEY</c>): it goes over the wire, but the
/// server is chosen by the key alone. Only where the pool's clients also set <c>MEMCACHED_BEHAVIOR_HASH_WITH_PREFIX_KEY</c>
/// (<c>OPT_HASH_WITH_PREFIX_KEY</c>) is it hashed, prefix first. A prefix that the application writes before its keys itself is part of the key.
/// </para>
/// <para>
/// <c>ring.GetNode("user:42")</c> would hash by <see cref="Hashing.KeyHash"/>
/// and disagree with the pool.
/// </para>
/// <para>
/// All of them hash to 32 bits. A point p stands at p × 2^32, and so do the hashes of keys, which fill the 64 bits from above;
/// ownership and diffs count the 32-bit hashes exactly. Thread-safe. Source: R. Jones, libketama, 2007; the rings of the
/// others are proven against their output.
/// </para>
/// </remarks>
public static class Ketama
{
    /// <summary>Builds the ring of a pool.</summary>
    /// <param name="nodes">
    /// The servers; an id is <c>host:port</c>, as the pool's configuration spells it. Where two servers claim one point, which
    /// happens in about one of thirty pools of a hundred servers, the original lets the first one of its configuration have it
    /// (spymemcached: the last one); this class goes by the order of ids, so that rings do not depend on the order of insertion.
    /// </param>
    /// <param name="flavor">Whose ring.</param>
    /// <returns>
    /// The ring. The points of a server may depend on all the weights, so <c>Add</c>, <c>Remove</c> and <c>Replace</c> build it anew,
    /// as the original does.
    /// </returns>
    /// <typeparam name="TNode">What keys are placed on.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="nodes"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">
    /// Two nodes have the same id (ordinal), an id is empty or ill-formed, there are more than 65,535 nodes, the flavor uses
    /// weights and one is not a whole number from 1 to 4,294,967,295, or they ask for more than 2^27 points.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="flavor"/> is none of the named ones.</exception>
    public static HashRing<TNode> CreateRing<TNode>(IEnumerable<TNode> nodes, KetamaFlavor flavor)
        where TNode : INode => new(nodes, new KetamaPlacement(flavor));

#pragma warning disable RS0026 // The overloads differ in the type of the key, so the default makes no call ambiguous.
    /// <summary>Hashes a key as the clients of a pool do.</summary>
    /// <param name="key">
    /// The key as the pool's applications give it to their client; may be empty. Not the prefix that an option lets the client put before it, unless
    /// the clients set <c>HASH_WITH_PREFIX_KEY</c> as well: see the remarks of <see cref="Ketama"/>.
    /// </param>
    /// <param name="flavor">Whose hash; MD5, unless this is <see cref="KetamaFlavor.Libmemcached"/> or <see cref="KetamaFlavor.Nginx"/>.</param>
    /// <returns>The 32-bit hash × 2^32. O(length); allocates nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="flavor"/> is none of the named ones.</exception>
    public static ulong KeyHash(ReadOnlySpan<byte> key, KetamaFlavor flavor = KetamaFlavor.Libketama) =>
        (ulong)KetamaPlacement.HashKey(key, flavor) << 32;

    /// <summary>Hashes the UTF-8 bytes of a key as the clients of a pool do. A surrogate without its partner counts as U+FFFD.</summary>
    /// <inheritdoc cref="KeyHash(ReadOnlySpan{byte}, KetamaFlavor)"/>
    [SkipLocalsInit]
    public static ulong KeyHash(ReadOnlySpan<char> key, KetamaFlavor flavor = KetamaFlavor.Libketama)
    {
        Span<byte> buffer = stackalloc byte[Utf8Key.StackSize];
        using var utf8 = new Utf8Key(key, buffer);
        return KeyHash(utf8.Bytes, flavor);
    }

    /// <inheritdoc cref="KeyHash(ReadOnlySpan{char}, KetamaFlavor)"/>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public static ulong KeyHash(string key, KetamaFlavor flavor = KetamaFlavor.Libketama)
    {
        ArgumentNullException.ThrowIfNull(key);
        return KeyHash(key.AsSpan(), flavor);
    }
#pragma warning restore RS0026
}
