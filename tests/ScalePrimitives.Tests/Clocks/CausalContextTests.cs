using System.Text.Json;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

public class CausalContextTests
{
    private const string Text = "{0000000100000002:3, 0000000200000001:12}";

    private static readonly CausalContext Context = CausalContext.Parse(Text, null);

    [Fact]
    public void Text_is_read_back_in_characters_and_in_bytes()
    {
        Assert.Equal(Text, $"{Context}");
        Span<byte> utf8 = stackalloc byte[64];
        Assert.True(Context.TryFormat(utf8, out int written, default, null));
        Assert.Equal(Context, CausalContext.Parse(utf8[..written], null));
        Assert.True(CausalContext.TryParse(Text, null, out CausalContext? read));
        Assert.Equal(Context, read);
        Assert.False(CausalContext.TryParse("{0000000100000002:0}", null, out read));
        Assert.Null(read);
        Assert.False(CausalContext.TryParse((string?)null, null, out _));
        Assert.Throws<FormatException>(() => CausalContext.Parse("{", null));
        Assert.Throws<ArgumentNullException>(() => CausalContext.Parse((string)null!, null));
    }

    [Property(Arbitrary = [typeof(ClockArbitraries)])]
    public void Bytes_are_those_of_the_clock(VectorClock clock)
    {
        var context = new CausalContext(clock);
        byte[] bytes = new byte[context.GetEncodedLength()];
        Assert.True(context.TryWrite(bytes, out int written));
        Assert.Equal(bytes.Length, written);
        Assert.True(CausalContext.TryRead(bytes, out CausalContext? read, out int length));
        Assert.Equal((context, bytes.Length), (read, length));
        Assert.True(VectorClock.TryRead(bytes, out VectorClock? same, out _));
        Assert.Equal(clock, same);
    }

    [Fact]
    public void Those_who_have_read_more_are_after_the_others()
    {
        CausalContext less = CausalContext.Parse("{0000000100000002:2}", null);
        Assert.Equal(CausalOrder.After, Context.Compare(less));
        Assert.Equal(CausalOrder.Before, CausalContext.Empty.Compare(less));
        Assert.Equal(3UL, Context[ActorId.Create(1, 2)]);
        Assert.Equal(0UL, Context[7]);
        Assert.Equal(2, Context.Count);
        Assert.True(Context.Contains(new Dot(ActorId.Create(2, 1), 12)));
        Assert.False(Context.Contains(new Dot(ActorId.Create(2, 1), 13)));
        Assert.Same(Context, Context.Merge(less));
        Assert.Same(Context, less.Merge(Context));
        Assert.Equal("{0000000000000009:1, 0000000100000002:3, 0000000200000001:12}", $"{Context.Merge(CausalContext.Parse("{0000000000000009:1}", null))}");
    }

    [Fact]
    public void Every_type_of_the_namespace_has_its_text_in_json_also_as_a_name()
    {
        VectorClock clock = VectorClock.Parse(Text, null);
        var stamp = HybridTimestamp.Parse("2026-11-23T08:15:00.250Z_00003", null);
        AssertJson(clock, $"\"{Text}\"");
        AssertJson(Context, $"\"{Text}\"");
        AssertJson(new Dot(ActorId.Create(1, 2), 3), "\"0000000100000002:3\"");
        AssertJson(stamp, "\"2026-11-23T08:15:00.250Z_00003\"");
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<VectorClock>("\"{0000000100000002:0}\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<CausalContext>("{}"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Dot>("3"));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<HybridTimestamp>("null"));
        Assert.Equal(clock, JsonSerializer.Deserialize<VectorClock>("\"\\u007b0000000100000002:3, 0000000200000001:12}\"")); // escaped

        static void AssertJson<T>(T value, string json)
            where T : notnull
        {
            Assert.Equal(json, JsonSerializer.Serialize(value));
            Assert.Equal(value, JsonSerializer.Deserialize<T>(json));
            var map = new Dictionary<T, int> { [value] = 1 };
            Assert.Equal(map, JsonSerializer.Deserialize<Dictionary<T, int>>(JsonSerializer.Serialize(map)));
        }
    }
}
