using FsCheck;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

[Properties(Arbitrary = [typeof(RandomLayouts)], MaxTest = 500)]
public class SnowflakeLayoutProperties
{
    [Property]
    public bool Decoding_gives_back_what_was_encoded(SnowflakeLayout layout, DoNotSize<ulong> tick, DoNotSize<uint> datacenter, DoNotSize<uint> server, DoNotSize<uint> sequence)
    {
        SnowflakeParts parts = Fit(layout, tick.Item, datacenter.Item, server.Item, sequence.Item);
        return layout.Decode(layout.Encode(parts.Tick, parts.Datacenter, parts.Server, parts.Sequence)) == parts;
    }

    [Property]
    public bool Encoding_gives_back_what_was_decoded(SnowflakeLayout layout, DoNotSize<ulong> bits)
    {
        long used = layout.Encode((1L << layout.TimestampBits) - 1, (1 << layout.DatacenterBits) - 1, (1 << layout.ServerBits) - 1, (1 << layout.SequenceBits) - 1);
        long id = (long)bits.Item & used;
        SnowflakeParts parts = layout.Decode(id);
        return layout.Encode(parts.Tick, parts.Datacenter, parts.Server, parts.Sequence) == id
            && layout.TryDecode((long)bits.Item, out _) == (id == (long)bits.Item);
    }

    [Property]
    public bool The_fields_of_a_layout_rebuild_it(SnowflakeLayout layout) =>
        layout.Fields.Sum(field => field.Bits) == 64 && layout == SnowflakeLayout.Create(layout.Epoch, layout.Unit, [.. layout.Fields]);

    [Property]
    public bool Ids_of_a_tick_lie_between_its_bounds_and_those_of_others_outside(SnowflakeLayout layout, DoNotSize<ulong> tick, DoNotSize<ulong> other, DoNotSize<uint> server)
    {
        if (!layout.IsTimeOrdered)
        {
            return true;
        }

        long issuable = layout.LastTick + 1;
        SnowflakeParts one = Fit(layout, tick.Item % (ulong)issuable, 0, 0, 0);
        SnowflakeParts two = Fit(layout, other.Item % (ulong)issuable, server.Item, server.Item, server.Item);
        long id = layout.Encode(two.Tick, two.Datacenter, two.Server, two.Sequence);
        DateTimeOffset within = one.Timestamp + (layout.Unit / 2);
        return (id >= layout.Min(within)) == (two.Tick >= one.Tick) && (id <= layout.Max(within)) == (two.Tick <= one.Tick);
    }

    [Property]
    public bool The_tick_of_an_instant_is_the_floor_of_the_elapsed_units(DoNotSize<ulong> unit, DoNotSize<ulong> instant, DoNotSize<ulong> epoch)
    {
        long ticks = 1 + (long)(unit.Item % (ulong)TimeSpan.TicksPerHour);
        var layout = SnowflakeLayout.Create(
            new DateTimeOffset((long)(epoch.Item % 2_000_000_000_000_000_000), TimeSpan.Zero),
            TimeSpan.FromTicks(ticks),
            SnowflakeField.Unused(40),
            SnowflakeField.Timestamp(24));
        var at = new DateTimeOffset((long)(instant.Item % (ulong)DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
        Int128 elapsed = at.UtcTicks - layout.Epoch.UtcTicks;
        Int128 floor = (elapsed >= 0 ? elapsed : elapsed - ticks + 1) / ticks;
        return layout.TickAt(at) == floor;
    }

    [Property]
    public bool The_start_of_a_tick_and_the_instant_before_it_lie_in_different_ticks(SnowflakeLayout layout, DoNotSize<ulong> any)
    {
        long tick = (long)(any.Item % (1UL << layout.TimestampBits));
        DateTimeOffset start = layout.StartOf(tick);
        return layout.TickAt(start) == tick && layout.TickAt(start.AddTicks(-1)) == tick - 1;
    }

    private static SnowflakeParts Fit(SnowflakeLayout layout, ulong tick, uint datacenter, uint server, uint sequence)
    {
        long fitting = (long)(tick % (1UL << layout.TimestampBits));
        return new SnowflakeParts(
            layout.Epoch + (fitting * layout.Unit),
            fitting,
            (int)(datacenter % (1U << layout.DatacenterBits)),
            (int)(server % (1U << layout.ServerBits)),
            (int)(sequence % (1U << layout.SequenceBits)));
    }
}
