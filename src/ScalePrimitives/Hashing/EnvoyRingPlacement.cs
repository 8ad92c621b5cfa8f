using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace ScalePrimitives.Hashing;

/// <summary>
/// The points of Envoy's <c>ring_hash</c>: the i-th point of a host is the hash of <c>key_i</c>. How many points there are follows
/// from the smallest weight, which gets a whole number of them.
/// </summary>
internal sealed class EnvoyRingPlacement : IRingPlacement
{
    private readonly int _minimumSize;
    private readonly int _maximumSize;
    private readonly EnvoyHashFunction _hashFunction;

    public EnvoyRingPlacement(EnvoyRingOptions options)
    {
        _minimumSize = options.MinimumSize;
        _maximumSize = options.MaximumSize;
        _hashFunction = options.HashFunction;
        if (_maximumSize < _minimumSize)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"MaximumSize must be at least MinimumSize, {_minimumSize}, but was {_maximumSize}."),
                nameof(options));
        }
    }

    public List<RingPoint> Place<TNode>(NodeSet<TNode> nodes, string argument)
        where TNode : INode
    {
        var points = new List<RingPoint>();
        double[] weights = EnvoyWeights.Normalize(nodes.Weights, argument);
        if (weights.Length == 0)
        {
            return points;
        }

        // Envoy's doubles in Envoy's order: a node gets points until the running count reaches the running sum of what is due.
        double lightest = weights.Min();
        double size = Math.Min(Math.Ceiling(lightest * _minimumSize) / lightest, _maximumSize);
        points.EnsureCapacity((int)size + 1);
        double due = 0;
        for (int owner = 0; owner < weights.Length; owner++)
        {
            due += size * weights[owner];
            for (int i = 0; points.Count < due; i++)
            {
                points.Add(new RingPoint(Hash(string.Create(CultureInfo.InvariantCulture, $"{nodes[owner].Id}_{i}")), owner));
            }
        }

        Debug.Assert(points.Count <= _maximumSize + 1, "The weights sum to 1, but for the last bit.");
        points.Sort();
        return points;
    }

    private ulong Hash(string label)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(label);
        return _hashFunction == EnvoyHashFunction.MurmurHash2 ? MurmurHash2.Hash(bytes) : XxHash64.HashToUInt64(bytes);
    }
}
