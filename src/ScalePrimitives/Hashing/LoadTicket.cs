namespace ScalePrimitives.Hashing;

/// <summary>
/// What the copies of one lease share. Tickets are used again, so a lease remembers the version it was given; closing moves the
/// version on, and every other copy of the lease, now or later, finds another version than its own.
/// </summary>
internal sealed class LoadTicket
{
    private long _version;

    /// <summary>Gets the version; in 64 bits it never comes round again.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Gets or sets where the load is counted. Set before the lease is given, read by the one that closed it.</summary>
    public LoadCounter? Counter { get; set; }

    public bool TryClose(long version) => Interlocked.CompareExchange(ref _version, version + 1, version) == version;
}
