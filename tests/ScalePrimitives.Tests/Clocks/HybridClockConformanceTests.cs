using System.Text.Json;
using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>What the paper and the tests of other systems expect of a hybrid clock; Vectors/clock-vectors/README.md names them.</summary>
public class HybridClockConformanceTests
{
    // The times of the vectors are small numbers, some below zero.
    private const long Epoch = 1_700_000_000_000;

    public static TheoryData<string> Clocks => [.. Load("hybrid-clock.json").Select(IdOf)];

    [Fact]
    public void No_clock_is_left_out() => Assert.Equal(13, Clocks.Count);

    [Theory]
    [MemberData(nameof(Clocks))]
    public void Clocks_issue_what_other_systems_do(string id)
    {
        JsonElement scenario = Load("hybrid-clock.json").Single(each => IdOf(each) == id);
        var time = new ManualTimeProvider();
        TimeSpan maxDrift = scenario.TryGetProperty("maxOffset", out JsonElement offset) ? TimeSpan.FromMilliseconds(offset.GetInt64()) : TimeSpan.FromDays(1);
        var clock = new HybridLogicalClock(new HybridClockOptions { MaxDrift = maxDrift, TimeProvider = time });
        HybridTimestamp start = StampOf(scenario.GetProperty("start"));
        SetPhysical(time, start.PhysicalMs - Epoch);
        while (clock.Last < start)
        {
            clock.Now();
        }

        foreach (JsonElement step in scenario.GetProperty("steps").EnumerateArray())
        {
            SetPhysical(time, step.GetProperty("physical").GetInt64());
            HybridTimestamp issued = step.GetProperty("op").GetString() == "now" ? clock.Now() : clock.Receive(StampOf(step.GetProperty("message")));
            if (step.TryGetProperty("expect", out JsonElement expected))
            {
                Assert.Equal(StampOf(expected), issued);
            }
        }
    }

    // Of the widths of another system; what they say of order holds for any.
    [Fact]
    public void Stamps_are_ordered_as_in_other_systems()
    {
        JsonElement[] comparisons = [.. Load("hybrid-timestamp.json").Where(each => each.GetProperty("kind").GetString() is "compare" or "forward")];
        Assert.Equal(10, comparisons.Length);
        foreach (JsonElement each in comparisons)
        {
            HybridTimestamp a = StampOf(each.GetProperty("a"));
            HybridTimestamp b = StampOf(each.GetProperty("b"));
            if (each.TryGetProperty("changed", out JsonElement changed))
            {
                Assert.Equal(changed.GetBoolean(), b > a);
                continue;
            }

            int expected = each.GetProperty("expect").GetInt32();
            Assert.Equal(expected, a.CompareTo(b));
            Assert.Equal((expected < 0, expected > 0, expected <= 0, expected >= 0, expected == 0), ((a < b), (a > b), (a <= b), (a >= b), (a == b)));
        }
    }

    private static void SetPhysical(ManualTimeProvider time, long physical) => time.SetWall(DateTimeOffset.FromUnixTimeMilliseconds(Epoch + physical));

    private static HybridTimestamp StampOf(JsonElement parts) => new(Epoch + parts[0].GetInt64(), parts[1].GetInt32());

    private static string IdOf(JsonElement scenario) => scenario.GetProperty("id").GetString()!;

    private static JsonElement[] Load(string file) => [.. Support.Vectors.ReadJson("clock-vectors", file).EnumerateArray()];
}
