using ConflictLab.History;
using ConflictLab.Store;

namespace ConflictLab;

/// <summary>Prints a step, and what each replica has after it.</summary>
internal sealed class Report(Cluster cluster, TextWriter output)
{
    private const int MaxPadding = 48;
    private readonly ClockText _text = new(cluster);

    public void Write(Step step, int line)
    {
        output.WriteLine($"[{line}] {step.Source}");
        output.WriteLine($"    {step.Outcome}");
        foreach (string key in step.Keys)
        {
            WriteKey(key);
        }
    }

    private void WriteKey(string key)
    {
        var rows = cluster.Replicas.Select(replica => (replica.Name, Set: replica.Find(key))).ToList();
        int nameWidth = rows.Max(row => row.Name.Length);
        int valuesWidth = Math.Min(MaxPadding, rows.Max(row => _text.OfValues(row.Set).Length));
        foreach ((string name, var set) in rows)
        {
            string conflict = set.Values.Length > 1 ? $"  CONFLICT of {set.Values.Length}" : "";
            output.WriteLine($"      {name.PadRight(nameWidth)}  {key}  {_text.OfValues(set).PadRight(valuesWidth)}  seen {_text.Of(set.Context)}{conflict}");
        }
    }
}
