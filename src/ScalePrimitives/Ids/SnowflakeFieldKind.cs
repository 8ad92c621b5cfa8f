namespace ScalePrimitives.Ids;

/// <summary>What a field of a <see cref="SnowflakeLayout"/> holds.</summary>
public enum SnowflakeFieldKind
{
    /// <summary>Always zero. The sign bit of a positive id is one such field; a layout may have several.</summary>
    Unused,

    /// <summary>The number of whole time units since the epoch. Every layout has this field.</summary>
    Timestamp,

    /// <summary>The upper half of the issuer's identity: Twitter's datacenter, Discord's worker.</summary>
    Datacenter,

    /// <summary>The lower half of the issuer's identity, or all of it: Twitter's worker, Discord's process, Sonyflake's machine, Instagram's shard.</summary>
    Server,

    /// <summary>Counts the ids of one issuer within one time unit. Without this field there is one id a unit.</summary>
    Sequence,
}
