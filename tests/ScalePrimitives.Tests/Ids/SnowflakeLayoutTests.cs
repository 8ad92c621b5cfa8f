using System.Globalization;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeLayoutTests
{
    private static readonly DateTimeOffset Epoch = SnowflakeSamples.Epoch;
    private static readonly TimeSpan Millisecond = SnowflakeSamples.Millisecond;

    public static TheoryData<string> Presets => ["Twitter", "Discord", "Sonyflake", "JavaScriptSafe"];

    [Fact]
    public void Widths_must_sum_to_64()
    {
        Assert.Contains("sum to 63", Assert.Throws<ArgumentException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Timestamp(41), SnowflakeField.Sequence(22))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(2), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(22)));
        Assert.Throws<ArgumentException>(() => SnowflakeLayout.Create(Epoch, Millisecond));
    }

    [Fact]
    public void A_timestamp_is_needed_and_no_field_may_come_twice()
    {
        Assert.Throws<ArgumentException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(42), SnowflakeField.Sequence(22)));
        Assert.Throws<ArgumentException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(11), SnowflakeField.Sequence(11)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(22), default));
    }

    [Fact]
    public void Only_the_timestamp_may_hold_the_sign_bit()
    {
        Assert.Throws<ArgumentException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Server(10), SnowflakeField.Timestamp(42), SnowflakeField.Sequence(12)));
        Assert.Equal(0, SnowflakeLayout.Discord.Fields.Count(field => field.Kind == SnowflakeFieldKind.Unused));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(32)]
    public void Widths_of_fields_have_bounds(int bits)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeField.Sequence(bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeField.Server(bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeField.Datacenter(bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeField.Timestamp(bits == 32 ? 63 : bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeField.Unused(bits == 32 ? 64 : bits));
    }

    [Fact]
    public void A_unit_is_100_nanoseconds_to_an_hour()
    {
        SnowflakeField[] fields = [SnowflakeField.Unused(40), SnowflakeField.Timestamp(24)];
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Create(Epoch, TimeSpan.Zero, fields));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Create(Epoch, TimeSpan.FromHours(1) + TimeSpan.FromTicks(1), fields));
        Assert.Equal(Epoch.AddHours(1 << 24), SnowflakeLayout.Create(Epoch, TimeSpan.FromHours(1), fields).ExpiresAt);
    }

    [Fact]
    public void Timestamps_past_the_year_9999_are_refused_whether_by_width_or_by_epoch()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Timestamp(50), SnowflakeField.Sequence(13)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Twitter with { Epoch = new DateTimeOffset(9990, 1, 1, 0, 0, 0, TimeSpan.Zero) });
    }

    [Fact]
    public void Another_epoch_moves_every_instant_and_nothing_else()
    {
        SnowflakeLayout moved = SnowflakeLayout.Twitter with { Epoch = new DateTimeOffset(2025, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)) };
        Assert.Equal(Epoch, moved.Epoch);
        Assert.Equal(TimeSpan.Zero, moved.Epoch.Offset);
        Assert.Equal(SnowflakeLayout.Twitter.Fields, moved.Fields);
        Assert.Equal(Epoch.AddMilliseconds(5), moved.Decode(5L << 22).Timestamp);
        Assert.NotEqual(SnowflakeLayout.Twitter, moved);
    }

    [Fact]
    public void Layouts_that_read_ids_alike_are_equal()
    {
        var one = SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Unused(1), SnowflakeField.Timestamp(40), SnowflakeField.Sequence(22));
        var other = SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(2), SnowflakeField.Timestamp(40), SnowflakeField.Sequence(22));
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(one.Fields, other.Fields);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Presets_are_ordered_by_time_and_their_fields_rebuild_them(string name)
    {
        var layout = (SnowflakeLayout)typeof(SnowflakeLayout).GetProperty(name)!.GetValue(null)!;
        Assert.True(layout.IsTimeOrdered);
        Assert.Equal(layout, SnowflakeLayout.Create(layout.Epoch, layout.Unit, [.. layout.Fields]));
    }

    [Fact]
    public void Ids_that_are_safe_for_JavaScript_stay_below_2_to_the_53rd()
    {
        SnowflakeLayout layout = SnowflakeLayout.JavaScriptSafe;
        Assert.Equal((1L << 53) - 1, layout.Max(layout.ExpiresAt - TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void Layouts_expire_when_the_next_id_would_overflow_or_turn_negative()
    {
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(3_487_858_230_208 + 1), SnowflakeLayout.Twitter.ExpiresAt);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_420_070_400_000 + (1L << 41)), SnowflakeLayout.Discord.ExpiresAt);
        Assert.Equal(long.MaxValue, SnowflakeLayout.Discord.Max(SnowflakeLayout.Discord.ExpiresAt.AddTicks(-1)));
    }

    [Fact]
    public void An_id_with_bits_in_unused_places_is_not_of_the_layout()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Twitter.Decode(-1));
        Assert.False(SnowflakeLayout.JavaScriptSafe.TryDecode(1L << 53, out SnowflakeParts parts));
        Assert.Equal(default, parts);
        Assert.True(SnowflakeLayout.Discord.TryDecode(-1, out _));
    }

    [Fact]
    public void Encoding_refuses_what_does_not_fit()
    {
        SnowflakeLayout layout = SnowflakeLayout.Sonyflake;
        Assert.Equal("tick", Assert.Throws<ArgumentOutOfRangeException>(() => layout.Encode(1L << 39, 0, 0, 0)).ParamName);
        Assert.Equal("tick", Assert.Throws<ArgumentOutOfRangeException>(() => layout.Encode(-1, 0, 0, 0)).ParamName);
        Assert.Equal("datacenter", Assert.Throws<ArgumentOutOfRangeException>(() => layout.Encode(0, 1, 0, 0)).ParamName);
        Assert.Equal("server", Assert.Throws<ArgumentOutOfRangeException>(() => layout.Encode(0, 0, 65_536, 0)).ParamName);
        Assert.Equal("sequence", Assert.Throws<ArgumentOutOfRangeException>(() => layout.Encode(0, 0, 0, 256)).ParamName);
    }

    [Fact]
    public void Ranges_by_time_need_the_timestamp_on_top_and_an_instant_that_ids_can_have()
    {
        var byServer = SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(1), SnowflakeField.Server(10), SnowflakeField.Timestamp(41), SnowflakeField.Sequence(12));
        Assert.False(byServer.IsTimeOrdered);
        Assert.Throws<InvalidOperationException>(() => byServer.Min(Epoch));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Discord.Min(SnowflakeLayout.Discord.Epoch.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SnowflakeLayout.Discord.Max(SnowflakeLayout.Discord.ExpiresAt));
    }

    [Fact]
    public void Text_is_the_same_in_every_culture()
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("ar-SA") { NumberFormat = { NegativeSign = "minus" } };
            Assert.Equal("Unused 11, Timestamp 41, Server 5, Sequence 7; 00:00:00.0010000 since 2025-01-01T00:00:00.0000000+00:00", SnowflakeLayout.JavaScriptSafe.ToString());
            Assert.Equal("2022-06-28T16:07:40.1050000+00:00 (tick 367597485448), datacenter 11, server 26, sequence 0", SnowflakeLayout.Twitter.Decode(1541815603606036480).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
