using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>A router refuses a call because its map may be outdated: nobody has confirmed within <see cref="ShardRouterOptions.MaxMapAge"/> that there is none newer. It goes on as soon as its <see cref="ShardMapWatcher"/> has.</summary>
/// <param name="mapId">The <see cref="ShardMap.Id"/> of the map.</param>
/// <param name="version">Its version.</param>
/// <param name="age">How long ago it was confirmed; null when it never was.</param>
/// <param name="maxMapAge">How long it may be.</param>
/// <param name="innerException">Why the watcher could not confirm it, or null.</param>
public sealed class ShardMapExpiredException(string mapId, long version, TimeSpan? age, TimeSpan maxMapAge, Exception? innerException = null)
    : Exception(Describe(mapId, version, age, maxMapAge), innerException)
{
    /// <summary>Gets the id of the map.</summary>
    public string MapId { get; } = mapId;

    /// <summary>Gets the version of the map.</summary>
    public long Version { get; } = version;

    /// <summary>Gets how long ago the map was confirmed to be the newest; null when it never was.</summary>
    public TimeSpan? Age { get; } = age;

    /// <summary>Gets how old it may be.</summary>
    public TimeSpan MaxMapAge { get; } = maxMapAge;

    private static string Describe(string mapId, long version, TimeSpan? age, TimeSpan maxMapAge) => age is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"The map '{mapId}' of version {version} was confirmed to be the newest {known} ago, and MaxMapAge is {maxMapAge}: its store was not heard of since.")
        : string.Create(CultureInfo.InvariantCulture, $"The map '{mapId}' of version {version} was never confirmed to be the newest, and MaxMapAge is {maxMapAge}: let a ShardMapWatcher follow its store for the router, and await its first refresh.");
}
