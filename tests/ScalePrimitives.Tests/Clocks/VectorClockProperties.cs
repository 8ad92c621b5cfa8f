using ScalePrimitives.Clocks;
using static ScalePrimitives.Tests.Clocks.ClockArbitraries;

namespace ScalePrimitives.Tests.Clocks;

[Properties(Arbitrary = [typeof(ClockArbitraries)], MaxTest = 500)]
public class VectorClockProperties
{
    [Property(MaxTest = 3000)]
    public bool Compare_is_the_pointwise_order_in_which_an_absent_actor_counts_zero(ClockPair pair)
    {
        SortedDictionary<ulong, ulong> left = EntriesOf(pair.Left);
        SortedDictionary<ulong, ulong> right = EntriesOf(pair.Right);
        ulong[] actors = [.. left.Keys.Union(right.Keys)];
        bool rightAhead = actors.Any(actor => left.GetValueOrDefault(actor) < right.GetValueOrDefault(actor));
        bool leftAhead = actors.Any(actor => left.GetValueOrDefault(actor) > right.GetValueOrDefault(actor));

        return pair.Left.Compare(pair.Right) == (leftAhead, rightAhead) switch
        {
            (false, false) => CausalOrder.Equal,
            (false, true) => CausalOrder.Before,
            (true, false) => CausalOrder.After,
            (true, true) => CausalOrder.Concurrent,
        };
    }

    [Property]
    public bool Compare_the_other_way_round_is_the_opposite(ClockPair pair) =>
        pair.Right.Compare(pair.Left) == pair.Left.Compare(pair.Right) switch
        {
            CausalOrder.Before => CausalOrder.After,
            CausalOrder.After => CausalOrder.Before,
            CausalOrder same => same,
        };

    [Property]
    public bool Compare_agrees_with_descends_equals_and_hash(ClockPair pair)
    {
        CausalOrder order = pair.Left.Compare(pair.Right);
        bool equal = order == CausalOrder.Equal;
        return pair.Left.Descends(pair.Right) == (equal || order == CausalOrder.After)
            && pair.Right.Descends(pair.Left) == (equal || order == CausalOrder.Before)
            && pair.Left.Equals(pair.Right) == equal
            && pair.Left.Equals((object)pair.Right) == equal
            && (!equal || pair.Left.GetHashCode() == pair.Right.GetHashCode());
    }

    [Property]
    public bool Order_is_transitive(ClockPair pair, VectorClock third)
    {
        VectorClock[] clocks = [pair.Left, pair.Right, third, pair.Left.Merge(pair.Right), pair.Right.Merge(third)];
        return clocks.All(a => clocks.All(b => clocks.All(c => !(a.Descends(b) && b.Descends(c)) || a.Descends(c))));
    }

    [Property(MaxTest = 3000)]
    public bool Merge_takes_the_greater_counter_of_each_actor(ClockPair pair)
    {
        SortedDictionary<ulong, ulong> expected = EntriesOf(pair.Left);
        foreach ((ulong actor, ulong counter) in EntriesOf(pair.Right))
        {
            expected[actor] = Math.Max(expected.GetValueOrDefault(actor), counter);
        }

        return EntriesOf(pair.Left.Merge(pair.Right)).SequenceEqual(expected);
    }

    [Property]
    public bool Merge_is_commutative(ClockPair pair) => pair.Left.Merge(pair.Right).Equals(pair.Right.Merge(pair.Left));

    [Property]
    public bool Merge_is_associative(ClockPair pair, VectorClock third) =>
        pair.Left.Merge(pair.Right).Merge(third).Equals(pair.Left.Merge(pair.Right.Merge(third)));

    [Property]
    public bool Merge_is_idempotent_and_empty_is_neutral(VectorClock clock) =>
        ReferenceEquals(clock.Merge(VectorClock.From([.. clock])), clock)
        && ReferenceEquals(clock.Merge(VectorClock.Empty), clock)
        && VectorClock.Empty.Merge(clock).Equals(clock);

    [Property]
    public bool Merge_is_the_least_clock_that_descends_both(ClockPair pair, VectorClock third)
    {
        VectorClock merged = pair.Left.Merge(pair.Right);
        VectorClock bound = merged.Merge(third);
        return merged.Descends(pair.Left)
            && merged.Descends(pair.Right)
            && bound.Descends(merged)
            && (!(third.Descends(pair.Left) && third.Descends(pair.Right)) || third.Descends(merged));
    }

    [Property]
    public bool Merge_returns_the_clock_that_descends_the_other(ClockPair pair) => pair.Left.Compare(pair.Right) switch
    {
        CausalOrder.Before => ReferenceEquals(pair.Left.Merge(pair.Right), pair.Right),
        CausalOrder.Concurrent => true,
        _ => ReferenceEquals(pair.Left.Merge(pair.Right), pair.Left),
    };

    [Property]
    public bool Operations_leave_their_clocks_as_they_were(ClockPair pair, ulong actor)
    {
        (string left, string right) = ($"{pair.Left}", $"{pair.Right}");
        VectorClock.Builder builder = pair.Left.ToBuilder();
        builder.Merge(pair.Right);
        _ = IncrementOrSame(pair.Left, actor).Merge(pair.Right).Without(actor);
        if (builder[actor] < ulong.MaxValue)
        {
            builder.Increment(actor);
        }

        builder.Remove(actor);

        return $"{pair.Left}" == left && $"{pair.Right}" == right;
    }

    [Property]
    public bool Increment_adds_exactly_the_one_dot_it_returns(VectorClock clock, ulong actor)
    {
        if (clock[actor] == ulong.MaxValue)
        {
            return true;
        }

        VectorClock next = clock.Increment(actor, out Dot dot);
        SortedDictionary<ulong, ulong> expected = EntriesOf(clock);
        expected[actor] = expected.GetValueOrDefault(actor) + 1;
        return dot == new Dot(actor, expected[actor])
            && !clock.Contains(dot)
            && next.Contains(dot)
            && EntriesOf(next).SequenceEqual(expected)
            && clock.Compare(next) == CausalOrder.Before
            && clock.Increment(actor).Equals(next);
    }

    [Property]
    public bool Without_drops_the_one_actor(VectorClock clock, ulong actor)
    {
        SortedDictionary<ulong, ulong> expected = EntriesOf(clock);
        bool present = expected.Remove(actor);
        VectorClock without = clock.Without(actor);
        return EntriesOf(without).SequenceEqual(expected) && ReferenceEquals(without, clock) == !present && without[actor] == 0;
    }

    [Property]
    public bool A_clock_equals_the_clock_of_its_entries_in_any_order(VectorClock clock, int seed)
    {
        Dot[] dots = [.. clock];
        new Random(seed).Shuffle(dots);
        VectorClock again = VectorClock.From(dots);
        return again.Equals(clock) && again.GetHashCode() == clock.GetHashCode() && Encode(again).AsSpan().SequenceEqual(Encode(clock));
    }

    [Property]
    public bool Bytes_round_trip_and_say_their_length(VectorClock clock, byte[] following)
    {
        byte[] bytes = Encode(clock);
        return VectorClock.TryRead([.. bytes, .. following], out VectorClock? read, out int length)
            && read.Equals(clock)
            && length == bytes.Length
            && length == clock.GetEncodedLength();
    }

    [Property(MaxTest = 3000)]
    public bool Any_bytes_are_refused_or_are_the_only_encoding_of_their_clock(byte[] bytes) =>
        VectorClock.TryRead(bytes, out VectorClock? clock, out int read)
            ? Encode(clock).AsSpan().SequenceEqual(bytes.AsSpan(0, read))
            : clock is null && read == 0;

    [Property]
    public bool Text_round_trips_in_characters_and_utf8(VectorClock clock)
    {
        string text = $"{clock}";
        byte[] utf8 = new byte[text.Length];
        return clock.TryFormat(utf8, out int written, "", null)
            && System.Text.Encoding.UTF8.GetString(utf8.AsSpan(0, written)) == text
            && VectorClock.Parse(text, null).Equals(clock)
            && VectorClock.Parse(utf8, null).Equals(clock);
    }

    internal static byte[] Encode(VectorClock clock)
    {
        byte[] bytes = new byte[clock.GetEncodedLength()];
        Assert.True(clock.TryWrite(bytes, out int written));
        Assert.Equal(bytes.Length, written);
        return bytes;
    }

    private static VectorClock IncrementOrSame(VectorClock clock, ulong actor) =>
        clock[actor] == ulong.MaxValue ? clock : clock.Increment(actor);
}
