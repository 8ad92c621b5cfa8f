using System.Text.Json;
using System.Text.Json.Serialization;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeJsonConverterTests
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new SnowflakeJsonConverter() } };

    [Fact]
    public void An_id_is_written_as_text_where_the_attribute_stands()
    {
        string json = JsonSerializer.Serialize(new Message(1541815603606036480, 3));
        Assert.Equal("""{"Id":"1541815603606036480","Count":3}""", json);
        Assert.Equal(new Message(1541815603606036480, 3), JsonSerializer.Deserialize<Message>(json));
    }

    [Property]
    public void Every_id_comes_back_as_value_as_key_and_from_a_number(long id)
    {
        var byId = new Dictionary<long, long> { [id] = id };
        string json = JsonSerializer.Serialize(byId, Options);
        Assert.Equal($$"""{"{{id}}":"{{id}}"}""", json);
        Assert.Equal(byId, JsonSerializer.Deserialize<Dictionary<long, long>>(json, Options));
        Assert.Equal(id, JsonSerializer.Deserialize<long>($"{id}", Options));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"1.0\"")]
    [InlineData("\" 1\"")]
    [InlineData("\"+1\"")]
    [InlineData("\"01\"")]
    [InlineData("\"-0\"")]
    [InlineData("\"9223372036854775808\"")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{\"1\":1}")]
    public void Anything_else_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<long>(json, Options));

    [Fact]
    public void A_key_that_is_no_id_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Dictionary<long, int>>("""{"x":1}""", Options));

    private sealed record Message([property: JsonConverter(typeof(SnowflakeJsonConverter))] long Id, int Count);
}
