using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

/// <summary>A store of maps that answers as a test says, and notes when it was asked.</summary>
internal sealed class ScriptedMapStore(TimeProvider time) : IShardMapStore
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Gets when it was asked, and what the caller knew.</summary>
    public List<(TimeSpan At, long KnownVersion)> Reads { get; } = [];

    /// <summary>Gets or sets the map it keeps.</summary>
    public ShardMap? Map { get; set; }

    /// <summary>Gets or sets how it answers instead.</summary>
    public Func<CancellationToken, ValueTask<ShardMap?>>? Answer { get; set; }

    public ValueTask<ShardMap?> ReadAsync(long knownVersion = 0, CancellationToken cancellationToken = default)
    {
        Reads.Add((time.GetElapsedTime(_start), knownVersion));
        return Answer?.Invoke(cancellationToken) ?? ValueTask.FromResult(Map?.Version > knownVersion ? Map : null);
    }

    public ValueTask<bool> TryReplaceAsync(ShardMap map, long expectedVersion, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
