using FsCheck;
using FsCheck.Fluent;
using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>Layouts and generators that several tests use.</summary>
internal static class SnowflakeSamples
{
    public static readonly DateTimeOffset Epoch = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>Gets a layout that never runs out of sequence: 4 million ids a millisecond.</summary>
    public static SnowflakeLayout Wide { get; } =
        SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(22));

    /// <summary>Gets a layout of four ids a millisecond, without identity.</summary>
    public static SnowflakeLayout Narrow { get; } =
        SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(20), SnowflakeField.Timestamp(42), SnowflakeField.Sequence(2));

    public static SnowflakeOptions Options(SnowflakeLayout layout, TimeProvider clock, int borrowMs = 0, int toleranceMs = 0) => new()
    {
        Layout = layout,
        Datacenter = layout.DatacenterBits > 0 ? 1 : null,
        Server = layout.ServerBits > 0 ? 2 : null,
        TimeProvider = clock,
        BorrowLimit = TimeSpan.FromMilliseconds(borrowMs),
        ClockRollbackTolerance = TimeSpan.FromMilliseconds(toleranceMs),
    };

    /// <summary>Makes a generator, and lets the one unit pass after which it may issue.</summary>
    public static SnowflakeGenerator Started(SnowflakeLayout layout, ManualTimeProvider clock, int borrowMs = 0, int toleranceMs = 0)
    {
        var generator = new SnowflakeGenerator(Options(layout, clock, borrowMs, toleranceMs));
        clock.Advance(layout.Unit);
        return generator;
    }

    /// <summary>Draws until the generator would have to wait.</summary>
    public static List<long> Drain(SnowflakeGenerator generator, int most = 100_000)
    {
        var ids = new List<long>();
        while (ids.Count < most && generator.TryNext(out long id))
        {
            ids.Add(id);
        }

        return ids;
    }
}

/// <summary>Random layouts: any order, fields left out, unused bits anywhere; widths that sum to at most 63, so that one unused bit is left.</summary>
public static class RandomLayouts
{
    private static readonly TimeSpan[] Units = [TimeSpan.FromTicks(1), TimeSpan.FromMicroseconds(1), TimeSpan.FromMilliseconds(1), TimeSpan.FromTicks(70_001), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1)];

    public static Arbitrary<SnowflakeLayout> Layout() => Arb.From(
        from timestamp in Gen.Choose(8, 36)
        from datacenter in Gen.Choose(0, 7)
        from server in Gen.Choose(0, 8)
        from sequence in Gen.Choose(0, 8)
        from inner in Gen.Choose(0, 4)
        from order in Gen.Shuffle([0, 1, 2, 3, 4])
        from timestampHasSign in Gen.Elements(true, false)
        from unit in Gen.Elements(Units)
        select Create([SnowflakeField.Timestamp(timestamp), .. Optional(datacenter, SnowflakeField.Datacenter), .. Optional(server, SnowflakeField.Server), .. Optional(sequence, SnowflakeField.Sequence), .. Optional(inner, SnowflakeField.Unused)], order, timestampHasSign, unit));

    private static SnowflakeField[] Optional(int bits, Func<int, SnowflakeField> create) => bits == 0 ? [] : [create(bits)];

    private static SnowflakeLayout Create(SnowflakeField[] fields, int[] order, bool timestampHasSign, TimeSpan unit)
    {
        SnowflakeField[] shuffled = [.. order.Where(place => place < fields.Length).Select(place => fields[place])];
        SnowflakeField rest = SnowflakeField.Unused(64 - fields.Sum(field => field.Bits));
        SnowflakeField timestamp = fields[0];
        return timestampHasSign
            ? SnowflakeLayout.Create(SnowflakeSamples.Epoch, unit, [timestamp, .. shuffled.Where(field => field != timestamp), rest])
            : SnowflakeLayout.Create(SnowflakeSamples.Epoch, unit, [rest, .. shuffled]);
    }
}
