namespace ScalePrimitives.Hashing;

/// <summary>What Envoy's <c>ring_hash</c> load balancer hashes the points of its hosts with.</summary>
public enum EnvoyHashFunction
{
    /// <summary><c>XX_HASH</c>, Envoy's default: XXH64 with seed 0.</summary>
    XxHash64,

    /// <summary><c>MURMUR_HASH_2</c>: the 64-bit MurmurHash2 of GNU libstdc++, seed 0xc70f6907.</summary>
    MurmurHash2,
}
