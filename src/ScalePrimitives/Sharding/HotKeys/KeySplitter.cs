using System.Collections.Immutable;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Spreads one hot key over several sub-keys, which fall on different slots: each write goes to one of them, and a read asks for all and merges what it gets, such as
/// the sum of a counter or the joined lists of followers. The first sub-key is the key itself, so that what was there before is found. Thread-safe.
/// </summary>
/// <param name="parts">How many sub-keys, 2 to 1,024. More can be had later: those that are there stay.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="parts"/> is outside its range.</exception>
public sealed class KeySplitter(int parts)
{
    private uint _turn;

    /// <summary>Gets how many sub-keys a key has.</summary>
    public int Parts { get; } = Guard.InRange(parts, 2, 1_024);

    /// <summary>Chooses a sub-key for a write, each in turn.</summary>
    /// <param name="key">The hot key.</param>
    /// <returns>The sub-key.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null or empty.</exception>
    public string Next(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return PartOf(key, (int)(Interlocked.Increment(ref _turn) % (uint)Parts));
    }

    /// <summary>Chooses the sub-key of one writer, always the same: where a write must find what the writer wrote before, such as a like that is taken back.</summary>
    /// <param name="key">The hot key.</param>
    /// <param name="writer">What tells writers apart, well mixed: <see cref="Hashing.KeyHash"/> of their id.</param>
    /// <returns>The sub-key. It changes when the number of parts does.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null or empty.</exception>
    public string Of(string key, ulong writer)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return PartOf(key, (int)Math.BigMul(writer, (uint)Parts, out _));
    }

    /// <summary>Lists all sub-keys, for a read.</summary>
    /// <param name="key">The hot key.</param>
    /// <returns>The key itself first.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null or empty.</exception>
    public ImmutableArray<string> All(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return [.. Enumerable.Range(0, Parts).Select(part => PartOf(key, part))];
    }

    private static string PartOf(string key, int part) => part == 0 ? key : string.Create(CultureInfo.InvariantCulture, $"{key}#{part}");
}
