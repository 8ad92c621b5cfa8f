namespace ScalePrimitives.Tests.Support;

/// <summary>Opens the published vectors that are copied beside the tests.</summary>
internal static class Vectors
{
    public static string PathOf(string set, string file) => Path.Combine(AppContext.BaseDirectory, "Vectors", set, file);

    /// <summary>The rows of a CSV file without quoted fields, each a map from column to text.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> ReadCsv(string set, string file)
    {
        string[][] lines = File.ReadAllLines(PathOf(set, file)).Where(line => line.Length > 0).Select(line => line.Split(',')).ToArray();
        return lines.Skip(1)
            .Select(fields => lines[0].Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal))
            .ToList();
    }
}
