namespace CacheReplay;

/// <summary>How a log holds its keys.</summary>
internal enum LogFormat
{
    /// <summary>Decided by the first bytes.</summary>
    Auto,

    /// <summary>One key a line.</summary>
    Text,

    /// <summary>64-bit little-endian integers, one after the other.</summary>
    Binary,
}
