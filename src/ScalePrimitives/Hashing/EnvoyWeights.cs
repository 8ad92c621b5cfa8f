namespace ScalePrimitives.Hashing;

/// <summary>Weights as Envoy's load balancers take them: each divided by the sum, in double precision.</summary>
internal static class EnvoyWeights
{
    /// <exception cref="ArgumentException">The weights lie so far apart that one of them vanishes, or their sum is infinite.</exception>
    public static double[] Normalize(ReadOnlySpan<double> weights, string argument)
    {
        double sum = 0;
        foreach (double weight in weights)
        {
            sum += weight;
        }

        var normalized = new double[weights.Length];
        for (int node = 0; node < normalized.Length; node++)
        {
            normalized[node] = weights[node] / sum;
            if (!double.IsNormal(normalized[node]))
            {
                throw new ArgumentException("The weights are too large or too far apart: divided by their sum, one is no longer above 0.", argument);
            }
        }

        return normalized;
    }
}
