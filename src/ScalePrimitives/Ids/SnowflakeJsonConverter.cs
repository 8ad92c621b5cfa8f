using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Ids;

/// <summary>
/// Writes an id of 64 bits as text in JSON, because JavaScript's numbers are doubles and round everything above 2^53. Reads text and numbers
/// alike, strictly: decimal digits, with a sign for negative ids, nothing else. For a property: <c>[JsonConverter(typeof(SnowflakeJsonConverter))]</c>;
/// for all of them: add it to <see cref="JsonSerializerOptions.Converters"/>. Also for keys of dictionaries. Thread-safe.
/// </summary>
public sealed class SnowflakeJsonConverter : JsonConverter<long>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The token is neither a whole number that fits 64 bits nor the text of one.</exception>
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt64(out long id) => id,
        JsonTokenType.String => Parse(reader.GetString()!),
        _ => throw Refused(),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[20]; // long.MinValue
        value.TryFormat(text, out int length, provider: CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">The name is not the text of a whole number that fits 64 bits.</exception>
    public override long ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString()!);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, long value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString(CultureInfo.InvariantCulture));

    // One text an id: no leading zeros, plus signs or spaces.
    private static long Parse(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id) && text == id.ToString(CultureInfo.InvariantCulture)
            ? id
            : throw Refused();

    private static JsonException Refused() => new("An id must be a whole number that fits 64 bits, or the text of one.");
}
