using System.Globalization;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>What a plan is to regard.</summary>
internal sealed record PlanSettings(int MaxMoves, IReadOnlyCollection<string> Excluded, IReadOnlyDictionary<string, double> Weights)
{
    /// <exception cref="FormatException">A weight is written wrong.</exception>
    public static PlanSettings Parse(int maxMoves, string[] excluded, string[] weights)
    {
        var parsed = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string text in weights)
        {
            string[] parts = text.Split('*');
            if (parts.Length != 2 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) || !parsed.TryAdd(parts[0], weight))
            {
                throw new FormatException($"--weight: '{text}' is no weight, or its shard has one already: write id*weight, as in shard-1*2.");
            }
        }

        return new PlanSettings(maxMoves, [.. excluded.Distinct(StringComparer.Ordinal)], parsed);
    }

    /// <exception cref="FormatException">The map has no such shards.</exception>
    public void Check(ShardMap map)
    {
        if (Excluded.Concat(Weights.Keys).FirstOrDefault(id => !map.ShardIds.Contains(id)) is { } unknown)
        {
            throw new FormatException($"There is no shard '{unknown}'; there are {string.Join(", ", map.ShardIds)}.");
        }
    }

    /// <summary>Plans for what was measured.</summary>
    /// <exception cref="FormatException">The map has no such shards.</exception>
    public RebalancePlan Plan(ShardMap map, SlotLoads loads)
    {
        Check(map);
        return RebalancePlanner.Plan(map, new RebalanceOptions
        {
            Loads = [.. loads.Requests.Select(requests => (double)requests)],
            Weights = Weights,
            Excluded = Excluded,
            MaxMoves = MaxMoves,
        });
    }

    public double WeightOf(string shardId) => Excluded.Contains(shardId) ? 0 : Weights.GetValueOrDefault(shardId, 1);
}
