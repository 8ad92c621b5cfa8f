using System.Collections.Immutable;
using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>Slots that go from one shard to another together, in one copy.</summary>
/// <param name="Slots">The slots, ascending; at least one.</param>
/// <param name="From">The id of the shard that holds them.</param>
/// <param name="To">The id of the shard that is to hold them.</param>
public sealed record SlotMove(ImmutableArray<int> Slots, string From, string To)
{
    /// <summary>Writes the slots, those in a row as a range, and the shards.</summary>
    /// <returns>One line, such as <c>SlotMove { Slots = 1-3, 7, From = a, To = b }</c>.</returns>
    public override string ToString() => $"{nameof(SlotMove)} {{ {nameof(Slots)} = {string.Join(", ", Ranges())}, {nameof(From)} = {From}, {nameof(To)} = {To} }}";

    private IEnumerable<string> Ranges()
    {
        for (int first = 0, last; !Slots.IsDefault && first < Slots.Length; first = last + 1)
        {
            for (last = first; last + 1 < Slots.Length && Slots[last + 1] == (long)Slots[last] + 1;)
            {
                last++;
            }

            yield return string.Create(CultureInfo.InvariantCulture, $"{Slots[first]}{(first == last ? null : "-")}{(first == last ? null : Slots[last])}");
        }
    }
}
