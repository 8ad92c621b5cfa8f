using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>Writes a value of this namespace to JSON as its text, and reads it as strictly as <c>Parse</c>. The types name it themselves: there is nothing to add to the options. Thread-safe.</summary>
/// <typeparam name="T">The type.</typeparam>
public sealed class ClockJsonConverter<T> : JsonConverter<T>
    where T : ISpanFormattable, IUtf8SpanParsable<T>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The token is not the text of a value.</exception>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? Parse(ref reader) : throw Refused();

    /// <inheritdoc/>
    /// <exception cref="JsonException">The name is not the text of a value.</exception>
    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString(null, null));
    }

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WritePropertyName(value.ToString(null, null));
    }

    private static T Parse(ref Utf8JsonReader reader)
    {
        int length = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int written = reader.CopyString(rented); // unescaped, and so never longer
            return T.TryParse(rented.AsSpan(0, written), null, out T? value) ? value : throw Refused();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static JsonException Refused() => new($"The text of a {typeof(T).Name} was expected.");
}
