using System.Globalization;
using System.Text;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

public class VectorClockTextTests
{
    private static readonly VectorClock Sample = [new(0x1_0000_0007, 3), new(0x2_0000_000A, 120), new(ulong.MaxValue, ulong.MaxValue)];
    private const string SampleText = "{0000000100000007:3, 000000020000000a:120, ffffffffffffffff:18446744073709551615}";

    [Fact]
    public void Text_is_pinned()
    {
        Assert.Equal("{}", $"{VectorClock.Empty}");
        Assert.Equal(SampleText, $"{Sample}");
        Assert.Equal(SampleText, Sample.ToString("G", CultureInfo.GetCultureInfo("ar-SA")));
        Assert.Equal("000000020000000a:120", $"{new Dot(0x2_0000_000A, 120)}");
    }

    [Fact]
    public void Text_does_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.PositiveSign = "?";
            odd.NumberFormat.NegativeSign = "!";
            odd.NumberFormat.NumberGroupSeparator = "_";
            odd.TextInfo.ListSeparator = ";";
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(SampleText, $"{Sample}");
            Assert.Equal(Sample, VectorClock.Parse(SampleText, odd));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("", 0, "'{'")]
    [InlineData("0000000000000001:1", 0, "'{'")]
    [InlineData(" {}", 0, "'{'")]
    [InlineData("{} ", 2, "the end")]
    [InlineData("{", 1, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{ }", 1, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{1:1}", 1, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{000000000000000A:1}", 1, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{000000000000000\u0661:1}", 1, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{0000000000000001 :1}", 17, "':'")]
    [InlineData("{0000000000000001:}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:0}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:01}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:+1}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:\u0661}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:18446744073709551616}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:99999999999999999999}", 18, "a counter from 1 to 18446744073709551615 without leading zeros")]
    [InlineData("{0000000000000001:1", 19, "', ' or '}'")]
    [InlineData("{0000000000000001:1,0000000000000002:1}", 19, "', ' or '}'")]
    [InlineData("{0000000000000001:1, }", 21, "an actor of 16 lowercase hexadecimal digits")]
    [InlineData("{0000000000000001:1, 0000000000000001:2}", 21, "an actor above the one before")]
    [InlineData("{0000000000000002:1, 0000000000000001:1}", 21, "an actor above the one before")]
    [InlineData("{0000000000000001:1}}", 20, "the end")]
    public void Text_that_no_clock_writes_is_refused_with_what_and_where(string text, int position, string expected)
    {
        FormatException thrown = Assert.Throws<FormatException>(() => VectorClock.Parse(text, null));

        Assert.Equal($"The text is not a vector clock: at position {position}, expected {expected}.", thrown.Message);
        Assert.Throws<FormatException>(() => VectorClock.Parse(Encoding.UTF8.GetBytes(text), null));
        Assert.False(VectorClock.TryParse(text, null, out VectorClock? clock));
        Assert.Null(clock);
        Assert.False(VectorClock.TryParse(Encoding.UTF8.GetBytes(text), null, out _));
    }

    [Fact]
    public void Null_text_is_refused()
    {
        Assert.Throws<ArgumentNullException>("s", () => VectorClock.Parse((string)null!, null));
        Assert.False(VectorClock.TryParse((string?)null, null, out _));
    }

    [Fact]
    public void Every_truncation_and_change_of_one_character_is_refused_or_is_the_text_of_another_clock()
    {
        (int refused, int accepted) = (0, 0);
        foreach (string text in new[] { "{}", "{0000000000000001:1}", SampleText })
        {
            for (int i = 0; i < text.Length; i++)
            {
                Assert.False(VectorClock.TryParse(text.AsSpan(0, i), null, out _));
                for (char c = '\0'; c <= 0x17F; c++)
                {
                    string changed = text.Remove(i, 1).Insert(i, c.ToString());
                    bool parsed = VectorClock.TryParse(changed, null, out VectorClock? clock);
                    Assert.Equal(parsed, VectorClock.TryParse(Encoding.UTF8.GetBytes(changed), null, out VectorClock? fromUtf8));
                    Assert.Equal(clock, fromUtf8);
                    Assert.True(!parsed || $"{clock}" == changed);
                    _ = parsed ? accepted++ : refused++;
                }
            }
        }

        Assert.True(refused > 1000 && accepted > 500, $"Both outcomes must be exercised, but were {refused} and {accepted}.");
    }

    [Fact]
    public void Destination_one_short_is_left_alone()
    {
        char[] chars = new char[SampleText.Length - 1];
        byte[] bytes = new byte[SampleText.Length - 1];

        Assert.False(Sample.TryFormat(chars, out int charsWritten, "", null));
        Assert.False(Sample.TryFormat(bytes, out int bytesWritten, "", null));
        Assert.Equal((0, 0), (charsWritten, bytesWritten));
        Assert.All(chars, each => Assert.Equal('\0', each));
        Assert.All(bytes, each => Assert.Equal(0, each));
    }

    [Fact]
    public void Unknown_format_is_refused()
    {
        Assert.Throws<FormatException>(() => Sample.ToString("x", null));
        Assert.Throws<FormatException>(() => Sample.TryFormat(new char[100], out _, "N2", null));
        Assert.Throws<FormatException>(() => Sample.TryFormat(new byte[100], out _, "N2", null));
    }

    [Fact]
    public void Largest_clock_round_trips_and_one_entry_more_is_refused()
    {
        VectorClock largest = VectorClock.From([.. Enumerable.Range(0, VectorClock.MaxCount).Select(i => new Dot((ulong)i, 1))]);
        string text = $"{largest}";

        Assert.Equal(largest, VectorClock.Parse(text, null));
        FormatException thrown = Assert.Throws<FormatException>(() => VectorClock.Parse(text.Insert(text.Length - 1, ", 0000000000010000:1"), null));
        Assert.Contains($"at most {VectorClock.MaxCount} entries", thrown.Message, StringComparison.Ordinal);
    }
}
