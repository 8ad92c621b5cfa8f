namespace ShardAdmin;

/// <summary>What is wrong, by kind, each with how often and one example. Not thread-safe.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, (long Count, string Example)> _kinds = new(StringComparer.Ordinal);

    public bool IsEmpty => _kinds.Count == 0;

    public void Add(string kind, string example)
    {
        (long count, string first) = _kinds.GetValueOrDefault(kind, (0, example));
        _kinds[kind] = (count + 1, first);
    }

    public void Write()
    {
        foreach ((string kind, (long count, string example)) in _kinds)
        {
            Console.WriteLine($"WRONG: {kind}: {example}{(count > 1 ? $"; and {count - 1:N0} more" : "")}");
        }
    }
}
