namespace ScalePrimitives.Hashing;

/// <summary>The clients and proxies whose rings <see cref="Ketama"/> reproduces: they all differ in the points, and some in the hash of keys.</summary>
/// <remarks>
/// Below, id is the node's id, k counts from 0, and an MD5 digest gives four points, one for each of its little-endian words.
/// A weighted server of weight w among n servers of total weight W has about 40 × n × w / W digests, computed in single precision
/// as the original does, so that 25 equal servers do not have 40 each; one whose share is too small has no point and owns nothing.
/// </remarks>
public enum KetamaFlavor
{
    /// <summary>
    /// libketama (last.fm): MD5 of <c>id-k</c>, four points a digest, weighted (its configuration calls the weight memory). Keys
    /// by MD5. uhashring's ketama mode has the same ring.
    /// </summary>
    Libketama,

    /// <summary>
    /// libmemcached with <c>MEMCACHED_BEHAVIOR_KETAMA</c> and its default hash: Jenkins' one-at-a-time of <c>id-k</c>, 100 points
    /// a server, whatever the weight. A port of 11211 is left out of the id. Keys by one-at-a-time.
    /// </summary>
    Libmemcached,

    /// <summary>
    /// libmemcached with <c>MEMCACHED_BEHAVIOR_KETAMA</c> and <c>MEMCACHED_HASH_MD5</c>: the first word of the MD5 of <c>id-k</c>,
    /// 100 points a server, whatever the weight. A port of 11211 is left out of the id. Keys by MD5.
    /// </summary>
    LibmemcachedMd5,

    /// <summary>
    /// libmemcached with <c>MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED</c>: MD5 of <c>id-k</c>, four points a digest, weighted. A port of
    /// 11211 is left out of the id. Keys by MD5.
    /// </summary>
    LibmemcachedWeighted,

    /// <summary>
    /// libmemcached with <c>MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED</c> and <c>MEMCACHED_KETAMA_COMPAT_SPY</c>: MD5 of <c>/id-k</c>, four
    /// points a digest, weighted. Keys by MD5.
    /// </summary>
    LibmemcachedSpy,

    /// <summary>
    /// spymemcached's <c>KetamaNodeLocator</c> without weights: MD5 of <c>id-k</c>, four points a digest, 40 digests a server,
    /// whatever the weight. A server known by name has the id <c>name/address:port</c>. Keys by MD5.
    /// </summary>
    Spymemcached,

    /// <summary>
    /// nginx's <c>hash … consistent</c>: CRC-32 of host, a zero byte, port and the point before it, 160 points for each unit of
    /// weight. The id is the address of the <c>server</c> directive. Keys by CRC-32.
    /// </summary>
    Nginx,
}
