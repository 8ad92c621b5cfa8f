using System.Text.Json;

namespace ScalePrimitives.Tests.Ids;

/// <summary>Reads the rows of a file of Vectors/id-vectors, and checks that they are as many as the file says.</summary>
internal static class IdVectors
{
    public static JsonElement[] Read(string file, string rows = "vectors")
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", "id-vectors", file);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement[] read = [.. document.RootElement.GetProperty(rows).EnumerateArray().Select(row => row.Clone())];
        if (document.RootElement.TryGetProperty("count", out JsonElement count))
        {
            Assert.Equal(count.GetInt32(), read.Length);
        }

        return read;
    }

    public static string Text(this JsonElement row, string name) => row.GetProperty(name).GetString()!;

    public static long Number(this JsonElement row, string name) => row.GetProperty(name).GetInt64();
}
