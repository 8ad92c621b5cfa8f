using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Sharding;

/// <summary>
/// Writes a <see cref="ShardMap"/> as JSON: <c>{"id":"default","strategy":"xxh3-text/1024","version":3,"slots":1024,"shards":["a","b"],"runs":[[512,0,1,0],[512,1,3,1]]}</c>, where a run
/// is a number of slots that lie together, the place of their shard in the list, their epoch, and 1 when they are moving or 0. A map with entries has one member more at the end,
/// <c>"entries":[["acme",1023,1]]</c>: of each the text of the key, the slot, and 1 when it is open or 0. Canonical, and read strictly: these members in this order. The type names it itself. Thread-safe.
/// </summary>
public sealed class ShardMapJsonConverter : JsonConverter<ShardMap>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The JSON is no map.</exception>
    public override ShardMap Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        Take(ref reader, "id", JsonTokenType.String);
        string id = reader.GetString()!;
        Take(ref reader, "strategy", JsonTokenType.String, JsonTokenType.Null);
        string? strategy = reader.GetString();
        Take(ref reader, "version", JsonTokenType.Number);
        long version = Number(ref reader, ShardMap.MaxVersion);
        Take(ref reader, "slots", JsonTokenType.Number);
        int slots = (int)Number(ref reader, ShardMap.MaxSlotCount);
        Take(ref reader, "shards", JsonTokenType.StartArray);
        var shards = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            shards.Add(reader.GetString()!);
        }

        Expect(ref reader, JsonTokenType.EndArray);
        Take(ref reader, "runs", JsonTokenType.StartArray);
        List<ShardMap.Run> runs = Runs(ref reader);
        reader.Read();
        ShardMapEntry[] entries = reader.TokenType == JsonTokenType.EndObject ? [] : Entries(ref reader);
        Expect(ref reader, JsonTokenType.EndObject);
        return ShardMap.FromParts(id, strategy, version, slots, [.. shards], entries, runs)
            ?? throw new JsonException("The JSON is no shard map: a name is empty or too long, a number out of range, shards or entries are not in order, or the runs do not fit the slots.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ShardMap value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteString("id", value.Id);
        writer.WriteString("strategy", value.StrategyId);
        writer.WriteNumber("version", value.Version);
        writer.WriteNumber("slots", value.SlotCount);
        writer.WriteStartArray("shards");
        foreach (string shardId in value.ShardIds)
        {
            writer.WriteStringValue(shardId);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("runs");
        foreach (ShardMap.Run run in value.GetRuns())
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(run.Count);
            writer.WriteNumberValue(run.Owner);
            writer.WriteNumberValue(run.Epoch);
            writer.WriteNumberValue((int)run.State);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        if (value.Entries.Count > 0)
        {
            Write(writer, value.Entries);
        }

        writer.WriteEndObject();
    }

    private static List<ShardMap.Run> Runs(ref Utf8JsonReader reader)
    {
        var runs = new List<ShardMap.Run>();
        Span<long> run = stackalloc long[4];
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            foreach (ref long number in run)
            {
                reader.Read();
                Expect(ref reader, JsonTokenType.Number);
                number = Number(ref reader, long.MaxValue);
            }

            reader.Read();
            Expect(ref reader, JsonTokenType.EndArray);
            runs.Add(new ShardMap.Run((int)Math.Min(run[0], int.MaxValue), (int)Math.Min(run[1], int.MaxValue), run[2], (SlotState)(int)Math.Min(run[3], int.MaxValue)));
        }

        Expect(ref reader, JsonTokenType.EndArray);
        return runs;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<ShardMapEntry> entries)
    {
        writer.WriteStartArray("entries");
        foreach ((string key, int slot, bool isOpen) in entries)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(key);
            writer.WriteNumberValue(slot);
            writer.WriteNumberValue(isOpen ? 1 : 0);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    // From the name of the member on, to the end of the object that has it. Not empty: a map without entries is written without the member.
    private static ShardMapEntry[] Entries(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.PropertyName);
        ExpectName(ref reader, "entries");
        reader.Read();
        Expect(ref reader, JsonTokenType.StartArray);
        var entries = new List<ShardMapEntry>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            Expect(ref reader, JsonTokenType.String);
            string key = reader.GetString()!;
            reader.Read();
            Expect(ref reader, JsonTokenType.Number);
            long slot = Number(ref reader, ShardMap.MaxSlotCount);
            reader.Read();
            Expect(ref reader, JsonTokenType.Number);
            entries.Add(new ShardMapEntry(key, (int)slot, Number(ref reader, 1) == 1));
            reader.Read();
            Expect(ref reader, JsonTokenType.EndArray);
        }

        Expect(ref reader, JsonTokenType.EndArray);
        reader.Read();
        return entries.Count > 0 ? [.. entries] : throw new JsonException("A map without entries has no such member.");
    }

    private static void Take(ref Utf8JsonReader reader, string member, params ReadOnlySpan<JsonTokenType> tokens)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.PropertyName);
        ExpectName(ref reader, member);
        reader.Read();
        Expect(ref reader, tokens);
    }

    private static void ExpectName(ref Utf8JsonReader reader, string member)
    {
        if (!reader.ValueTextEquals(member))
        {
            throw new JsonException($"The member \"{member}\" was expected.");
        }
    }

    private static void Expect(ref Utf8JsonReader reader, params ReadOnlySpan<JsonTokenType> tokens)
    {
        if (!tokens.Contains(reader.TokenType))
        {
            throw new JsonException($"{tokens[0]} was expected, not {reader.TokenType}.");
        }
    }

    private static long Number(ref Utf8JsonReader reader, long maximum) =>
        reader.TryGetInt64(out long number) && number >= 0 && number <= maximum ? number : throw new JsonException($"A whole number from 0 to {maximum} was expected.");
}
