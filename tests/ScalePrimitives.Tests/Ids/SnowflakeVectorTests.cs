using System.Globalization;
using System.Text.Json;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>
/// Every layout and every id of the vectors. Ids from 2^63 up (Discord, Instagram, TSID) are passed as the negative number with the
/// same bits, so that no row is left out.
/// </summary>
public class SnowflakeVectorTests
{
    // What the layouts in use call the fields. Discord has two that both name a part of the issuer.
    private static readonly Dictionary<string, SnowflakeFieldKind> Kinds = new(StringComparer.Ordinal)
    {
        ["timestamp"] = SnowflakeFieldKind.Timestamp,
        ["datacenter"] = SnowflakeFieldKind.Datacenter,
        ["worker"] = SnowflakeFieldKind.Server,
        ["process"] = SnowflakeFieldKind.Server,
        ["shard"] = SnowflakeFieldKind.Server,
        ["machine"] = SnowflakeFieldKind.Server,
        ["node"] = SnowflakeFieldKind.Server,
        ["generator"] = SnowflakeFieldKind.Server,
        ["sequence"] = SnowflakeFieldKind.Sequence,
        ["increment"] = SnowflakeFieldKind.Sequence,
        ["counter"] = SnowflakeFieldKind.Sequence,
        ["step"] = SnowflakeFieldKind.Sequence,
    };

    [Fact]
    public void Every_layout_in_use_can_be_expressed_and_the_presets_are_theirs()
    {
        Dictionary<string, SnowflakeLayout> layouts = Layouts();
        Assert.Equal(10, layouts.Count);
        Assert.Equal(layouts["Twitter"], SnowflakeLayout.Twitter);
        Assert.Equal(layouts["Discord"], SnowflakeLayout.Discord);
        Assert.Equal(layouts["Sonyflake v2 default"], SnowflakeLayout.Sonyflake);
    }

    [Fact]
    public void Every_id_decodes_to_its_parts_and_its_parts_encode_to_it()
    {
        Dictionary<string, SnowflakeLayout> layouts = Layouts();
        JsonElement[] rows = IdVectors.Read("snowflake-decode.json");
        Assert.Equal(41, rows.Length);
        foreach (JsonElement row in rows)
        {
            SnowflakeLayout layout = layouts[row.Text("layout")];
            long id = unchecked((long)ulong.Parse(row.Text("id"), CultureInfo.InvariantCulture));
            SnowflakeParts expected = Parts(row);
            Assert.Equal(expected, layout.Decode(id));
            Assert.Equal(id, layout.Encode(expected.Tick, expected.Datacenter, expected.Server, expected.Sequence));
        }
    }

    private static Dictionary<string, SnowflakeLayout> Layouts() => IdVectors.Read("snowflake-layouts.json", "layouts").ToDictionary(
        row => row.Text("name"),
        row => SnowflakeLayout.Create(
            DateTimeOffset.FromUnixTimeMilliseconds(row.Number("epoch_unix_ms")),
            TimeSpan.FromMilliseconds(row.Number("unit_ms")),
            Fields(row)),
        StringComparer.Ordinal);

    private static SnowflakeField[] Fields(JsonElement row)
    {
        SnowflakeField[] named = [.. row.GetProperty("fields").EnumerateArray().Select(field => Field(row.Text("name"), field[0].GetString()!, field[1].GetInt32()))];
        int above = 64 - named.Sum(field => field.Bits);
        return above == 0 ? named : [SnowflakeField.Unused(above), .. named];
    }

    private static SnowflakeField Field(string layout, string name, int bits) => Kind(layout, name) switch
    {
        SnowflakeFieldKind.Timestamp => SnowflakeField.Timestamp(bits),
        SnowflakeFieldKind.Datacenter => SnowflakeField.Datacenter(bits),
        SnowflakeFieldKind.Server => SnowflakeField.Server(bits),
        _ => SnowflakeField.Sequence(bits),
    };

    private static SnowflakeFieldKind Kind(string layout, string name) =>
        layout == "Discord" && name == "worker" ? SnowflakeFieldKind.Datacenter : Kinds[name];

    private static SnowflakeParts Parts(JsonElement row)
    {
        var values = row.GetProperty("parts").EnumerateObject().ToDictionary(part => Kind(row.Text("layout"), part.Name), part => part.Value.GetInt64());
        return new SnowflakeParts(
            DateTimeOffset.FromUnixTimeMilliseconds(row.Number("unix_ms")),
            values[SnowflakeFieldKind.Timestamp],
            (int)values.GetValueOrDefault(SnowflakeFieldKind.Datacenter),
            (int)values.GetValueOrDefault(SnowflakeFieldKind.Server),
            (int)values.GetValueOrDefault(SnowflakeFieldKind.Sequence));
    }
}
