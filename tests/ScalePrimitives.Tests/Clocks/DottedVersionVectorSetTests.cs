using System.Text.Json;
using System.Text.Json.Serialization;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

public class DottedVersionVectorSetTests
{
    private const ulong A = 0x0000000100000001;
    private const ulong B = 0x0000000200000001;

    private static readonly DottedVersionVectorSet<string> Nothing = DottedVersionVectorSet<string>.Empty;
    private static readonly JsonSerializerOptions Json = new() { Converters = { new DottedVersionVectorSetJsonConverter<string>() } };

    [Fact]
    public void A_write_replaces_what_its_writer_has_read_and_nothing_else()
    {
        DottedVersionVectorSet<string> first = Nothing.Put(CausalContext.Empty, "milk", A);
        DottedVersionVectorSet<string> blind = first.Put(CausalContext.Empty, "eggs", A);
        Assert.Equal(["eggs", "milk"], blind.Values);
        DottedVersionVectorSet<string> read = blind.Put(first.Context, "milk, bread", A, out Dot dot);
        Assert.Equal(new Dot(A, 3), dot);
        Assert.Equal(["milk, bread", "eggs"], read.Values);
        Assert.Equal([new Dot(A, 3), new Dot(A, 2)], read.Dots);
        Assert.Equal(["all"], read.Put(read.Context, "all", A).Values);
    }

    [Fact]
    public void Replicas_that_merge_keep_both_writes_of_a_conflict_and_a_resolution_ends_it_everywhere()
    {
        DottedVersionVectorSet<string> origin = Nothing.Put(CausalContext.Empty, "0", A);
        DottedVersionVectorSet<string> left = origin.Put(origin.Context, "1", A);
        DottedVersionVectorSet<string> right = origin.Put(origin.Context, "2", B);
        DottedVersionVectorSet<string> merged = left.Merge(right);
        Assert.Equal(["1", "2"], merged.Values);
        DottedVersionVectorSet<string> resolved = merged.Resolve(values => string.Join('+', values), B);
        Assert.Equal(["1+2"], resolved.Values);
        Assert.Same(resolved, left.Merge(resolved));
        Assert.Same(resolved, resolved.Merge(right));
        Assert.Same(resolved, resolved.Resolve(_ => throw new InvalidOperationException(), A));
    }

    [Fact]
    public void What_was_deleted_does_not_come_back_and_what_the_client_had_not_read_stays()
    {
        DottedVersionVectorSet<string> origin = Nothing.Put(CausalContext.Empty, "old", A);
        DottedVersionVectorSet<string> elsewhere = origin.Put(CausalContext.Empty, "new", B);
        DottedVersionVectorSet<string> deleted = origin.Delete(origin.Context);
        Assert.Empty(deleted.Values);
        Assert.Equal(["new"], elsewhere.Merge(deleted).Values);
        Assert.Equal(["new"], deleted.Merge(elsewhere).Values);
        Assert.Equal(["late"], Nothing.Delete(elsewhere.Context).Merge(elsewhere).Put(CausalContext.Empty, "late", A).Values);
    }

    [Fact]
    public void A_replica_that_has_lost_events_does_not_write_under_its_old_id()
    {
        DottedVersionVectorSet<string> before = Nothing.Put(CausalContext.Empty, "1", A).Put(CausalContext.Empty, "2", A);
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => Nothing.Put(before.Context, "3", A));
        Assert.Contains("0000000100000001", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(["3"], Nothing.Put(before.Context, "3", B).Values);
    }

    [Fact]
    public void Sets_are_made_of_their_parts_in_any_order_and_refuse_dots_that_their_context_has_not_seen()
    {
        CausalContext context = CausalContext.Parse("{0000000100000001:3, 0000000200000001:1}", null);
        var set = DottedVersionVectorSet<string>.Create(context, [new(new Dot(B, 1), "b"), new(new Dot(A, 2), "older"), new(new Dot(A, 3), "newer")]);
        Assert.Equal(["newer", "older", "b"], set.Values);
        Assert.Equal("[newer, older, b] {0000000100000001:3, 0000000200000001:1}", set.ToString());
        foreach (Dot bad in (Dot[])[new(A, 4), new(A, 0), new(5, 1), new(B, 1)])
        {
            Assert.Throws<ArgumentException>("siblings", () => DottedVersionVectorSet<string>.Create(context, [new(new Dot(B, 1), "b"), new(bad, "x")]));
        }

        Assert.Throws<ArgumentNullException>("context", () => DottedVersionVectorSet<string>.Create(null!, []));
        Assert.Throws<ArgumentNullException>("siblings", () => DottedVersionVectorSet<string>.Create(context, null!));
        Assert.Throws<ArgumentNullException>("context", () => set.Put(null!, "x", A));
        Assert.Throws<ArgumentNullException>("context", () => set.Delete(null!));
        Assert.Throws<ArgumentNullException>("other", () => set.Merge(null!));
        Assert.Throws<ArgumentNullException>("merge", () => set.Resolve(null!, A));
    }

    [Fact]
    public void Json_is_golden_and_read_back()
    {
        DottedVersionVectorSet<string> set = Nothing.Put(CausalContext.Empty, "1", B).Put(CausalContext.Empty, "2", A).Put(CausalContext.Empty, "3", B);
        const string json = """{"context":"{0000000100000001:1, 0000000200000001:2}","siblings":{"0000000100000001:1":"2","0000000200000001:2":"3","0000000200000001:1":"1"}}""";
        Assert.Equal(json, JsonSerializer.Serialize(set, Json));
        DottedVersionVectorSet<string> read = JsonSerializer.Deserialize<DottedVersionVectorSet<string>>(json, Json)!;
        Assert.Equal(set, read);
        Assert.Equal(set.Values, read.Values);
        Assert.Equal(Nothing, JsonSerializer.Deserialize<DottedVersionVectorSet<string>>("""{"context":"{}","siblings":{}}""", Json));
    }

    [Fact]
    public void Json_needs_no_converter_in_the_options()
    {
        DottedVersionVectorSet<int> set = DottedVersionVectorSet<int>.Empty.Put(CausalContext.Empty, 1, B).Put(CausalContext.Empty, 2, A);
        const string json = """{"context":"{0000000100000001:1, 0000000200000001:1}","siblings":{"0000000100000001:1":2,"0000000200000001:1":1}}""";
        Assert.Equal(json, JsonSerializer.Serialize(set));
        Assert.Equal(set, JsonSerializer.Deserialize<DottedVersionVectorSet<int>>(json));
        Assert.Null(JsonSerializer.Deserialize<DottedVersionVectorSet<string>>("null"));

        // Values of a type of its own, deep in another value, under the options of the whole.
        var carts = new Dictionary<string, DottedVersionVectorSet<Cart>> { ["a"] = DottedVersionVectorSet<Cart>.Empty.Put(CausalContext.Empty, new Cart("milk", 2), A) };
        string text = JsonSerializer.Serialize(carts, JsonSerializerOptions.Web);
        Assert.Equal("""{"a":{"context":"{0000000100000001:1}","siblings":{"0000000100000001:1":{"item":"milk","count":2}}}}""", text);
        Assert.Equal(carts["a"].Values, JsonSerializer.Deserialize<Dictionary<string, DottedVersionVectorSet<Cart>>>(text, JsonSerializerOptions.Web)!["a"].Values);
    }

    [Fact]
    public void Json_of_a_generated_context_is_the_same()
    {
        DottedVersionVectorSet<Cart> set = DottedVersionVectorSet<Cart>.Empty.Put(CausalContext.Empty, new Cart("milk", 2), A);
        string text = JsonSerializer.Serialize(set, CartJson.Default.DottedVersionVectorSetCart);
        Assert.Equal(JsonSerializer.Serialize(set), text);
        Assert.Equal(set.Values, JsonSerializer.Deserialize(text, CartJson.Default.DottedVersionVectorSetCart)!.Values);
        Assert.Equal(typeof(DottedVersionVectorSetJsonConverter<Cart>), CartJson.Default.DottedVersionVectorSetCart.Converter.GetType());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("""{"context":"{}"}""")]
    [InlineData("""{"siblings":{},"context":"{}"}""")]
    [InlineData("""{"context":"{}","siblings":{},"more":1}""")]
    [InlineData("""{"context":"{}","siblings":[]}""")]
    [InlineData("""{"context":"{","siblings":{}}""")]
    [InlineData("""{"context":null,"siblings":{}}""")]
    [InlineData("""{"context":"{}","siblings":{"0000000100000001:1":"x"}}""")]
    [InlineData("""{"context":"{0000000100000001:1}","siblings":{"0000000100000001:1":"x","0000000100000001:1":"y"}}""")]
    [InlineData("""{"context":"{0000000100000001:1}","siblings":{"0000000100000001:01":"x"}}""")]
    [InlineData("""{"context":"{0000000100000001:1}","siblings":{"1:1":"x"}}""")]
    public void Json_that_is_no_set_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DottedVersionVectorSet<string>>(json, Json));

    internal sealed record Cart(string Item, int Count);
}

[JsonSerializable(typeof(DottedVersionVectorSetTests.Cart))]
[JsonSerializable(typeof(DottedVersionVectorSet<DottedVersionVectorSetTests.Cart>))]
internal sealed partial class CartJson : JsonSerializerContext;
