using System.Text.Json;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>What the reference implementation answers; Vectors/clock-vectors/README.md names it.</summary>
public class DottedVersionVectorSetConformanceTests
{
    // The others are about values without a dot, which a set of this library has none of.
    public static TheoryData<string> Cases => ["dvvset-update", "dvvset-sync", "dvvset-less", "dvvset-equal", "dvvset-readme-three-writes"];

    public static TheoryData<string> Runs => [.. Load("dvvset-runs.json").Select(IdOf)];

    [Fact]
    public void No_run_is_left_out() => Assert.Equal(60, Runs.Count);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sets_hold_what_the_reference_holds(string id)
    {
        var sets = new Dictionary<string, DottedVersionVectorSet<string>>();
        var writes = new Dictionary<string, (CausalContext Context, string Value)>();
        int checks = 0;
        foreach (JsonElement step in Load("dvvset.json").Single(each => IdOf(each) == id).GetProperty("steps").EnumerateArray())
        {
            string name = step[1].GetString()!;
            switch (step[0].GetString())
            {
                case "new":
                    writes[name] = (step[2].TryGetProperty("@", out JsonElement of) ? sets[of.GetString()!].Context : ContextOf(step[2]), step[3][0].GetString()!);
                    break;
                case "load":
                    sets[name] = SetOf(step[2]);
                    break;
                case "update":
                    sets[name] = Update(writes[step[2].GetString()!], step[3].GetString() is { } server ? sets[server] : null, ActorOf(step[4]));
                    break;
                case "sync":
                    sets[name] = sets[step[2].GetString()!].Merge(sets[step[3].GetString()!]);
                    break;
                default:
                    Check(step, name, sets);
                    checks++;
                    break;
            }
        }

        Assert.True(checks > 0);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Replicas_answer_as_the_reference_does(string id)
    {
        var servers = new Dictionary<string, DottedVersionVectorSet<string>>();
        var contexts = new Dictionary<string, CausalContext>();
        foreach (JsonElement step in Load("dvvset-runs.json").Single(each => IdOf(each) == id).GetProperty("steps").EnumerateArray())
        {
            JsonElement operation = step.GetProperty("op");
            JsonElement expected = step.GetProperty("out");
            string server = operation[1].GetString()!;
            DottedVersionVectorSet<string> own = servers.GetValueOrDefault(server, DottedVersionVectorSet<string>.Empty);
            switch (operation[0].GetString())
            {
                case "put":
                    CausalContext context = operation[2].GetString() is { } read ? contexts[read] : CausalContext.Empty;
                    servers[server] = own.Put(context, operation[3].GetString()!, ActorOf(operation[1]));
                    AssertState(expected, servers[server]);
                    break;
                case "get":
                    contexts[operation[2].GetString()!] = own.Context;
                    Assert.Equal(ContextOf(expected.GetProperty("context")), own.Context);
                    Assert.Equal(Strings(expected.GetProperty("values")).Order(StringComparer.Ordinal), own.Values.Order(StringComparer.Ordinal));
                    break;
                case "sync":
                    string other = operation[2].GetString()!;
                    servers[server] = servers[other] = own.Merge(servers.GetValueOrDefault(other, DottedVersionVectorSet<string>.Empty));
                    AssertState(expected, servers[server]);
                    break;
                default:
                    Assert.Equal("compare", operation[0].GetString());
                    CausalContext right = servers.GetValueOrDefault(operation[2].GetString()!, DottedVersionVectorSet<string>.Empty).Context;
                    Assert.Equal(Enum.Parse<CausalOrder>(expected.GetString()!, ignoreCase: true), own.Context.Compare(right));
                    break;
            }
        }
    }

    // Where the reference has no server, the write's own history stands in for it; here a replica that knows less than the writer has lost events.
    private static DottedVersionVectorSet<string> Update((CausalContext Context, string Value) write, DottedVersionVectorSet<string>? server, ulong actor) =>
        (server ?? DottedVersionVectorSet<string>.Empty.Delete(write.Context)).Put(write.Context, write.Value, actor);

    private static void Check(JsonElement step, string name, Dictionary<string, DottedVersionVectorSet<string>> sets)
    {
        DottedVersionVectorSet<string> set = sets[name];
        switch (step[0].GetString())
        {
            case "state":
                AssertState(step[2], set);
                break;
            case "context":
                Assert.Equal(ContextOf(step[2]), set.Context);
                break;
            case "values":
                Assert.Equal(Strings(step[2]).Order(StringComparer.Ordinal), set.Values.Order(StringComparer.Ordinal));
                break;
            case "less":
                Assert.Equal(step[3].GetBoolean(), set.Context.Compare(sets[step[2].GetString()!].Context) == CausalOrder.Before);
                break;
            default:
                Assert.Equal("equal", step[0].GetString());
                Assert.Equal(step[3].GetBoolean(), set.Context.Compare(sets[step[2].GetString()!].Context) == CausalOrder.Equal);
                break;
        }
    }

    private static void AssertState(JsonElement expected, DottedVersionVectorSet<string> set)
    {
        DottedVersionVectorSet<string> wanted = SetOf(expected);
        Assert.Equal(wanted, set);
        Assert.Equal(wanted.Values, set.Values);
        Assert.Equal(0, expected.GetProperty("anonymous").GetArrayLength());
    }

    private static DottedVersionVectorSet<string> SetOf(JsonElement state)
    {
        var context = new List<Dot>();
        var siblings = new List<KeyValuePair<Dot, string>>();
        foreach (JsonElement entry in state.GetProperty("entries").EnumerateArray().Where(entry => entry[1].GetUInt64() > 0))
        {
            var last = new Dot(ActorOf(entry[0]), entry[1].GetUInt64());
            context.Add(last);
            siblings.AddRange(Strings(entry[2]).Select((value, i) => KeyValuePair.Create(last with { Counter = last.Counter - (ulong)i }, value)));
        }

        return DottedVersionVectorSet<string>.Create(new CausalContext(VectorClock.From([.. context])), siblings);
    }

    private static CausalContext ContextOf(JsonElement entries) =>
        new(VectorClock.From([.. entries.EnumerateObject().Select(entry => new Dot(entry.Name[0], entry.Value.GetUInt64()))]));

    // One letter each.
    private static ulong ActorOf(JsonElement name) => Assert.Single(name.GetString()!);

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(each => each.ToString())];

    private static string IdOf(JsonElement scenario) => scenario.GetProperty("id").GetString()!;

    private static JsonElement[] Load(string file) => [.. Support.Vectors.ReadJson("clock-vectors", file).EnumerateArray()];
}
