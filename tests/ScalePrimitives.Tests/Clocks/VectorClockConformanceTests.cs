using System.Text.Json;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>What the tests and papers of other systems expect of a vector clock; Vectors/clock-vectors/README.md names them.</summary>
public class VectorClockConformanceTests
{
    public static TheoryData<string> ClockCases => [.. Load("vector-clocks.json").Select(IdOf)];

    public static TheoryData<string> SiblingCases => [.. Load("siblings-resolve.json").Select(IdOf)];

    [Fact]
    public void No_case_is_left_out()
    {
        Assert.Equal(50, ClockCases.Count);
        Assert.Equal(7, SiblingCases.Count);
        Assert.Equal(50 + 7, Load("vector-clocks.json").Concat(Load("siblings-resolve.json")).Select(IdOf).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(ClockCases))]
    public void Clocks_hold_what_other_systems_expect(string id)
    {
        JsonElement scenario = Load("vector-clocks.json").Single(each => IdOf(each) == id);
        var clocks = new Dictionary<string, VectorClock>();
        foreach (JsonElement step in scenario.GetProperty("steps").EnumerateArray())
        {
            clocks.Add(step[1].GetString()!, Build(step, clocks));
        }

        JsonElement expectations = scenario.GetProperty("expect");
        Assert.NotEqual(0, expectations.GetArrayLength());
        Assert.All(expectations.EnumerateArray(), expectation => AssertHolds(expectation, clocks));
    }

    [Theory]
    [MemberData(nameof(SiblingCases))]
    public void Maximal_versions_remain_each_once(string id)
    {
        JsonElement scenario = Load("siblings-resolve.json").Single(each => IdOf(each) == id);
        Dictionary<string, VectorClock> versions = scenario.GetProperty("versions").EnumerateObject().ToDictionary(each => each.Name, each => ClockOf(each.Value));
        VectorClock[] items = [.. StringsOf(scenario.GetProperty("items")).Select(name => versions[name])];

        VectorClock[] remaining = [.. items.Where(item => !items.Any(other => item.Compare(other) == CausalOrder.Before)).Distinct()];

        string[] expected = [.. StringsOf(scenario.GetProperty("expect")).Select(name => $"{versions[name]}").Order(StringComparer.Ordinal)];
        Assert.Equal(expected, remaining.Select(clock => $"{clock}").Order(StringComparer.Ordinal));
    }

    private static VectorClock Build(JsonElement step, Dictionary<string, VectorClock> clocks)
    {
        string operation = step[0].GetString()!;
        return operation switch
        {
            "empty" => VectorClock.Empty,
            "set" => ClockOf(step[2]),
            "increment" => clocks[step[2].GetString()!].Increment(ActorOf(step[3].GetString()!)),
            "merge" => step.EnumerateArray().Skip(2).Aggregate(VectorClock.Empty, (merged, name) => merged.Merge(clocks[name.GetString()!])),
            "remove" => clocks[step[2].GetString()!].Without(ActorOf(step[3].GetString()!)),
            _ => throw new InvalidDataException($"The step {operation} is not known."),
        };
    }

    private static void AssertHolds(JsonElement expectation, Dictionary<string, VectorClock> clocks)
    {
        string kind = expectation[0].GetString()!;
        VectorClock clock = clocks[expectation[1].GetString()!];
        switch (kind)
        {
            case "relation":
                Assert.Equal(Enum.Parse<CausalOrder>(expectation[3].GetString()!, ignoreCase: true), clock.Compare(clocks[expectation[2].GetString()!]));
                break;
            case "contents":
                Assert.Equal(ClockOf(expectation[2]), clock);
                break;
            case "counter":
                Assert.Equal(expectation[3].GetUInt64(), clock[ActorOf(expectation[2].GetString()!)]);
                break;
            case "actors":
                ulong[] actors = [.. StringsOf(expectation[2]).Select(ActorOf).Order()];
                Assert.Equal(actors, ClockArbitraries.EntriesOf(clock).Keys);
                break;
            default:
                throw new InvalidDataException($"The expectation {kind} is not known.");
        }
    }

    private static VectorClock ClockOf(JsonElement entries) =>
        VectorClock.From([.. entries.EnumerateObject().Select(entry => new Dot(ActorOf(entry.Name), entry.Value.GetUInt64()))]);

    /// <summary>The name's bytes as a number, which keeps names apart: none here has more than eight.</summary>
    private static ulong ActorOf(string name)
    {
        Assert.InRange(name.Length, 1, sizeof(ulong));
        return name.Aggregate(0UL, (actor, c) => (actor << 8) | c);
    }

    private static IEnumerable<string> StringsOf(JsonElement array) => array.EnumerateArray().Select(each => each.GetString()!);

    private static string IdOf(JsonElement scenario) => scenario.GetProperty("id").GetString()!;

    private static JsonElement[] Load(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "clock-vectors", file)));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
