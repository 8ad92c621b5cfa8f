using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScalePrimitives.Hashing;

namespace RingPlanner;

/// <summary>The nodes as they are and as they are to be; the same when nothing changes.</summary>
internal sealed record TopologyChange(IReadOnlyList<Node> Before, IReadOnlyList<Node> After)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public bool IsChange => !Before.SequenceEqual(After);

    /// <summary>The least share of keys that must move for each node to have its due: what those gain that gain.</summary>
    public double LeastMovedShare => After.Sum(node => Math.Max(0, DueShare(After, node.Id) - DueShare(Before, node.Id)));

    /// <summary>The share of the keys that a node's weight entitles it to; 0 when it is not among the nodes.</summary>
    public static double DueShare(IReadOnlyList<Node> nodes, string id) =>
        (nodes.FirstOrDefault(node => node.Id == id)?.Weight ?? 0) / nodes.Sum(node => node.Weight);

    /// <exception cref="FormatException">A node is written wrong, or a change does not fit the nodes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TopologyChange Parse(string[] nodes, FileInfo? file, string[] added, string[] removed, string[] weights)
    {
        List<Node> before = [.. nodes.Select(ParseNode), .. file is null ? [] : ReadNodes(file)];
        if (before.Count == 0)
        {
            throw new FormatException("no nodes: name some, or give a --file. Try --help.");
        }

        List<Node> after = [.. before];
        foreach (string id in removed)
        {
            after.RemoveAt(IndexOf(after, id, "--remove"));
        }

        foreach (string text in weights)
        {
            Node changed = text.Contains('*', StringComparison.Ordinal)
                ? ParseNode(text)
                : throw new FormatException($"--weight: '{text}' has no weight: write id*weight.");
            int index = IndexOf(after, changed.Id, "--weight");
            after[index] = after[index] with { Weight = changed.Weight };
        }

        after.AddRange(added.Select(ParseNode));
        if (after.Count == 0)
        {
            throw new FormatException("no node is left after --remove.");
        }

        return new TopologyChange(before, after);
    }

    /// <summary>Reads id[*weight][@zone].</summary>
    private static Node ParseNode(string text)
    {
        string[] zoned = text.Split('@');
        string[] weighted = zoned[0].Split('*');
        if (zoned.Length > 2 || weighted.Length > 2)
        {
            throw new FormatException($"'{text}' is not a node: write id, id*weight, id@zone or id*weight@zone.");
        }

        double weight = 1;
        if (weighted.Length == 2 && !double.TryParse(weighted[1], NumberStyles.Float, CultureInfo.InvariantCulture, out weight))
        {
            throw new FormatException($"'{text}': the weight '{weighted[1]}' is not a number.");
        }

        return Checked(text, () => new Node(weighted[0]) { Weight = weight, Zone = zoned.Length == 2 ? zoned[1] : null });
    }

    private static List<Node> ReadNodes(FileInfo file)
    {
        try
        {
            using FileStream stream = file.OpenRead();
            JsonNode[] entries = JsonSerializer.Deserialize<JsonNode[]>(stream, Json) ?? throw new FormatException($"{file}: expected an array of nodes.");
            return entries.Select((entry, index) => Checked(
                $"{file}, node {index + 1}",
                () => new Node(entry?.Id ?? throw new FormatException("it has no id.")) { Weight = entry.Weight ?? 1, Zone = entry.Zone })).ToList();
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"{file}, line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}: not a list of nodes with an id and, if wanted, a weight and a zone ({malformed.Path}).", malformed);
        }
    }

    private static Node Checked(string where, Func<Node> create)
    {
        try
        {
            return create();
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            throw new FormatException($"{where}: {wrong.Message}", wrong);
        }
    }

    private static int IndexOf(List<Node> nodes, string id, string option)
    {
        int index = nodes.FindIndex(node => node.Id == id);
        return index >= 0 ? index : throw new FormatException($"{option}: there is no node '{id}'.");
    }

    private sealed record JsonNode(string? Id, double? Weight, string? Zone);
}
