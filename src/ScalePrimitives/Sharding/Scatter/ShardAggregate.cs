using System.Numerics;

namespace ScalePrimitives.Sharding;

/// <summary>Count, sum, least and greatest of numbers on one shard, which join to those of all shards. The average of averages would be wrong: it is made of sum and count.</summary>
/// <param name="Count">How many numbers.</param>
/// <param name="Sum">Their sum; 0 of none.</param>
/// <param name="Min">The least; null of none.</param>
/// <param name="Max">The greatest; null of none.</param>
/// <typeparam name="T">The type of the numbers.</typeparam>
public readonly record struct ShardAggregate<T>(long Count, T Sum, T? Min, T? Max)
    where T : struct, INumber<T>
{
    /// <summary>Gets the average; null of none.</summary>
    public double? Average => Count == 0 ? null : double.CreateChecked(Sum) / Count;

    /// <summary>Joins two aggregates.</summary>
    /// <param name="other">Another, of other numbers.</param>
    /// <returns>The aggregate of both.</returns>
    /// <exception cref="OverflowException">The sum or the count is too large for its type.</exception>
    public ShardAggregate<T> Join(ShardAggregate<T> other) => new(
        checked(Count + other.Count),
        checked(Sum + other.Sum),
        Min is { } min && other.Min is { } otherMin ? T.Min(min, otherMin) : Min ?? other.Min,
        Max is { } max && other.Max is { } otherMax ? T.Max(max, otherMax) : Max ?? other.Max);
}
