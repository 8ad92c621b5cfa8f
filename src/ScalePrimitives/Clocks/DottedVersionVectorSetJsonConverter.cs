using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ScalePrimitives.Clocks;

/// <summary>
/// Writes a <see cref="DottedVersionVectorSet{T}"/> as JSON: <c>{"context":"{0000000100000001:2}","siblings":{"0000000100000001:2":"a"}}</c>. The set
/// names it itself (<see cref="DottedVersionVectorSetJsonConverterFactory"/>): there is nothing to add to the options.
/// Reads strictly: both members in this order, no others, and dots that the context has
/// seen, each once. Thread-safe.
/// </summary>
/// <typeparam name="T">The values, which the options can write: a generated context must name their type beside that of the set.</typeparam>
public sealed class DottedVersionVectorSetJsonConverter<T> : JsonConverter<DottedVersionVectorSet<T>>
{
    private const string Context = "context";
    private const string Siblings = "siblings";

    /// <inheritdoc/>
    /// <exception cref="JsonException">The JSON is no such set.</exception>
    public override DottedVersionVectorSet<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Expect(ref reader, JsonTokenType.StartObject);
        ExpectName(ref reader, Context);
        Expect(ref reader, JsonTokenType.String);
        if (!CausalContext.TryParse(reader.GetString(), provider: null, out CausalContext? context))
        {
            throw new JsonException("The context must be the text of a causal context.");
        }

        reader.Read();
        ExpectName(ref reader, Siblings);
        Expect(ref reader, JsonTokenType.StartObject);
        var siblings = new List<KeyValuePair<Dot, T>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!Dot.TryParse(reader.GetString(), provider: null, out Dot dot))
            {
                throw new JsonException("A sibling must be named by a dot.");
            }

            reader.Read();
            siblings.Add(KeyValuePair.Create(dot, JsonSerializer.Deserialize(ref reader, TypeOf(options))!));
        }

        Expect(ref reader, JsonTokenType.EndObject);
        reader.Read();
        Expect(ref reader, JsonTokenType.EndObject);
        try
        {
            return DottedVersionVectorSet<T>.Create(context, siblings);
        }
        catch (ArgumentException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DottedVersionVectorSet<T> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(options);
        writer.WriteStartObject();
        writer.WriteString(Context, value.Context.ToString(null, null));
        writer.WriteStartObject(Siblings);
        for (int i = 0; i < value.Dots.Length; i++)
        {
            writer.WritePropertyName(value.Dots[i].ToString(null, null));
            JsonSerializer.Serialize(writer, value.Values[i], TypeOf(options));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static JsonTypeInfo<T> TypeOf(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private static void ExpectName(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.PropertyName)
        {
            reader.Read();
        }

        Expect(ref reader, JsonTokenType.PropertyName);
        if (!reader.ValueTextEquals(name))
        {
            throw new JsonException($"The member \"{name}\" was expected.");
        }

        reader.Read();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
        {
            throw new JsonException($"{token} was expected, not {reader.TokenType}.");
        }
    }
}
