using System.Globalization;
using System.Text;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

public class HybridTimestampTests
{
    private static readonly HybridTimestamp Stamp = new(1_795_421_700_250, 3);

    [Fact]
    public void A_stamp_is_one_word_of_time_and_counter()
    {
        Assert.Equal((1_795_421_700_250UL << 16) | 3, Stamp.Value);
        Assert.Equal((1_795_421_700_250, 3), (Stamp.PhysicalMs, Stamp.Logical));
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 8, 15, 0, 250, TimeSpan.Zero), Stamp.Time);
        Assert.Equal(Stamp, HybridTimestamp.FromValue(Stamp.Value));
        Assert.Equal(default, HybridTimestamp.MinValue);
        Assert.Equal(9999, HybridTimestamp.MaxValue.Time.Year);
        Assert.Equal(1, Stamp.CompareTo(null));
        Assert.Equal(0, Stamp.CompareTo((object)Stamp));
        Assert.Throws<ArgumentException>("obj", () => Stamp.CompareTo("x"));
    }

    [Fact]
    public void The_last_counter_of_a_millisecond_is_followed_by_the_next_millisecond()
    {
        Assert.Equal(new HybridTimestamp(5, 65_535), new HybridTimestamp(5, 65_534).Next());
        Assert.Equal(new HybridTimestamp(6, 0), new HybridTimestamp(5, 65_535).Next());
        Assert.Throws<OverflowException>(() => HybridTimestamp.MaxValue.Next());
    }

    [Theory]
    [InlineData(-1L, 0)]
    [InlineData(HybridTimestamp.MaxPhysicalMs + 1, 0)]
    [InlineData(0L, -1)]
    [InlineData(0L, 65_536)]
    public void Parts_out_of_range_are_refused(long physicalMs, int logical) => Assert.Throws<ArgumentOutOfRangeException>(() => new HybridTimestamp(physicalMs, logical));

    [Fact]
    public void A_word_past_the_last_stamp_is_refused() => Assert.Throws<ArgumentOutOfRangeException>("word", () => HybridTimestamp.FromValue(HybridTimestamp.MaxValue.Value + 1));

    [Fact]
    public void Text_is_golden_in_every_culture_sorts_as_the_stamps_do_and_is_read_back()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            foreach (string culture in (string[])["", "ar-SA", "de-DE", "th-TH"])
            {
                CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
                Assert.Equal("2026-11-23T08:15:00.250Z_00003", $"{Stamp}");
                Assert.Equal(Stamp, HybridTimestamp.Parse("2026-11-23T08:15:00.250Z_00003", null));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        HybridTimestamp[] stamps = [HybridTimestamp.MinValue, new(0, 1), new(1, 0), Stamp, Stamp.Next(), new(Stamp.PhysicalMs, 65_535), HybridTimestamp.MaxValue];
        string[] texts = [.. stamps.Select(stamp => $"{stamp}")];
        Assert.Equal(texts, texts.Order(StringComparer.Ordinal));
        Assert.Equal(stamps, texts.Select(text => HybridTimestamp.Parse(text, null)));
        Assert.Equal(stamps, texts.Select(text => HybridTimestamp.Parse(Encoding.UTF8.GetBytes(text), null)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-23T08:15:00.250Z")]
    [InlineData("2026-11-23T08:15:00.250Z_0003")]
    [InlineData("2026-11-23T08:15:00.250Z_65536")]
    [InlineData("2026-11-23T08:15:00.250Z_ 0003")]
    [InlineData("2026-11-23T08:15:00.250Z_+0003")]
    [InlineData("2026-11-23T08:15:00.250Z-00003")]
    [InlineData("2026-11-23 08:15:00.250Z_00003")]
    [InlineData("2026-11-23T08:15:00.250z_00003")]
    [InlineData("2026-13-23T08:15:00.250Z_00003")]
    [InlineData("1969-12-31T23:59:59.999Z_00003")]
    [InlineData("2026-11-23T08:15:00.250Z_00003 ")]
    [InlineData("２026-11-23T08:15:00.250Z_00003")]
    public void Text_that_is_no_stamp_is_refused(string text)
    {
        Assert.False(HybridTimestamp.TryParse(text, null, out HybridTimestamp stamp));
        Assert.Equal(default, stamp);
        Assert.False(HybridTimestamp.TryParse(Encoding.UTF8.GetBytes(text), null, out _));
        Assert.Throws<FormatException>(() => HybridTimestamp.Parse(text, null));
    }

    [Fact]
    public void It_is_written_only_where_there_is_room()
    {
        Span<char> text = stackalloc char[30];
        Assert.True(Stamp.TryFormat(text, out int written, default, null));
        Assert.Equal(30, written);
        Assert.False(Stamp.TryFormat(text[..29], out written, default, null));
        Assert.Equal(0, written);
        Span<byte> utf8 = stackalloc byte[30];
        Assert.True(Stamp.TryFormat(utf8, out written, default, null));
        Assert.Equal("2026-11-23T08:15:00.250Z_00003", Encoding.UTF8.GetString(utf8));
        Assert.False(Stamp.TryFormat(utf8[..29], out written, default, null));
        Assert.Equal(0, written);
    }
}
