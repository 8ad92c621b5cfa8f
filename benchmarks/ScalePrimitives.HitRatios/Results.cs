using System.Globalization;
using ScalePrimitives.Caching;

namespace ScalePrimitives.HitRatios;

/// <summary>One replay: a trace at a capacity, a policy, and the seed of its random choices.</summary>
internal readonly record struct Run(Cell Cell, EvictionPolicy Policy, ulong Seed);

/// <summary>The hits of each replay.</summary>
internal sealed class Results(Baseline baseline)
{
    private readonly Dictionary<Run, int> _hits = [];

    public void Add(Run run, int hits) => _hits.Add(run, hits);

    /// <summary>Returns the hits of a policy without random choices.</summary>
    public int Hits(Cell cell, EvictionPolicy policy) => Of(cell, policy).Single();

    /// <summary>Returns the hit ratio, the mean over the seeds.</summary>
    public double HitRatio(Cell cell, EvictionPolicy policy) => Of(cell, policy).Average() / baseline.Requests(cell.Trace);

    public void Save(string path)
    {
        var lines = _hits.Select(result => (result.Key, result.Value))
            .OrderBy(result => Array.IndexOf(baseline.Cells, result.Key.Cell)).ThenBy(result => result.Key.Policy).ThenBy(result => result.Key.Seed)
            .Select(result => string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Key.Cell.Trace},{(baseline.IsBlind(result.Key.Cell.Trace) ? "blind" : "tuned")},{result.Key.Cell.Capacity},{result.Key.Policy},{result.Key.Seed},{result.Value},{(double)result.Value / baseline.Requests(result.Key.Cell.Trace):F6}"));
        File.WriteAllLines(path, lines.Prepend("trace,group,capacity,policy,seed,hits,hit_ratio"));
    }

    private IEnumerable<int> Of(Cell cell, EvictionPolicy policy) =>
        _hits.Where(result => result.Key.Cell == cell && result.Key.Policy == policy).Select(result => result.Value);
}
