using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>What an entry weighs, and when it expires and is refreshed; the default says that it does none of it. Times are timestamps.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryTerms(long Weight, long WrittenAt, long ExpiresAt, long RefreshAt)
{
    /// <summary>Gets a value indicating whether a plain node will do.</summary>
    public bool AreNone => this == default;
}
