namespace ScalePrimitives.Sharding;

/// <summary>A function of Vitess from a column to a keyspace id.</summary>
public enum VitessVindex
{
    /// <summary><c>hash</c>, of integers: DES with a key of zeros.</summary>
    Hash,

    /// <summary><c>xxhash</c>, of text and integers: XXH64 of the text, of an integer in decimal.</summary>
    XxHash,
}
