using System.Text;
using System.Text.Json;

namespace ScalePrimitives.Tests.Support;

/// <summary>Opens the published vectors that are copied beside the tests.</summary>
internal static class Vectors
{
    public static string PathOf(string set, string file) => Path.Combine(AppContext.BaseDirectory, "Vectors", set, file);

    public static JsonElement ReadJson(string set, string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(set, file)));
        return document.RootElement.Clone();
    }

    /// <summary>The rows of a CSV file without line breaks in fields, each a map from column to text.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> ReadCsv(string set, string file)
    {
        List<string>[] lines = File.ReadAllLines(PathOf(set, file)).Where(line => line.Length > 0).Select(SplitFields).ToArray();
        return lines.Skip(1)
            .Select(fields => lines[0].Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal))
            .ToList();
    }

    /// <summary>RFC 4180: a quoted field may hold commas, and quotes written twice.</summary>
    private static List<string> SplitFields(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                if (quoted && i + 1 < line.Length && line[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (line[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
