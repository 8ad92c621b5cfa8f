namespace ScalePrimitives.Ids;

/// <summary>The namespaces that RFC 9562 (section 6.6) lists for names in UUIDs of version 3 and 5.</summary>
public static class UuidNamespaces
{
    /// <summary>Gets the namespace of fully qualified domain names.</summary>
    public static Guid Dns { get; } = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>Gets the namespace of URLs.</summary>
    public static Guid Url { get; } = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>Gets the namespace of ISO object identifiers.</summary>
    public static Guid Oid { get; } = new("6ba7b812-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>Gets the namespace of X.500 distinguished names, in DER or text.</summary>
    public static Guid X500 { get; } = new("6ba7b814-9dad-11d1-80b4-00c04fd430c8");
}
