using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>The points that each <see cref="KetamaFlavor"/> gives its servers. Floating-point expressions keep the original's types and order.</summary>
internal sealed class KetamaPlacement : IRingPlacement
{
    /// <summary>Servers have 160 points by custom; an MD5 digest makes four.</summary>
    private const int PointsPerServer = 160;

    private const int PointsPerDigest = 4;
    private const string MemcachedPort = ":11211";

    private readonly KetamaFlavor _flavor;

    public KetamaPlacement(KetamaFlavor flavor) => _flavor = Guard.Defined(flavor);

    private bool IsWeighted => _flavor is KetamaFlavor.Libketama or KetamaFlavor.LibmemcachedWeighted or KetamaFlavor.LibmemcachedSpy or KetamaFlavor.Nginx;

    public static uint HashKey(ReadOnlySpan<byte> key, KetamaFlavor flavor)
    {
        switch (flavor)
        {
            case KetamaFlavor.Libmemcached:
                return OneAtATime.Hash(key);

            case KetamaFlavor.Nginx:
                return Crc32.HashToUInt32(key);

            case KetamaFlavor.Libketama or KetamaFlavor.LibmemcachedMd5 or KetamaFlavor.LibmemcachedWeighted or KetamaFlavor.LibmemcachedSpy or KetamaFlavor.Spymemcached:
                Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
                Md5(key, digest);
                return BinaryPrimitives.ReadUInt32LittleEndian(digest);

            default:
                // Only here: the runtime caches an enum's names until the next collection, then the check allocates again.
                Guard.Defined(flavor);
                throw new UnreachableException();
        }
    }

    public List<RingPoint> Place<TNode>(NodeSet<TNode> nodes, string argument)
        where TNode : INode
    {
        double totalWeight = IsWeighted ? CheckWeights(nodes, argument) : 0;
        if (_flavor == KetamaFlavor.Nginx)
        {
            RingIndex.CheckCount(totalWeight * PointsPerServer, argument);
        }

        var points = new List<RingPoint>();
        for (int owner = 0; owner < nodes.Count; owner++)
        {
            string id = nodes[owner].Id;
            double weight = nodes.Weights[owner];
            switch (_flavor)
            {
                case KetamaFlavor.Nginx:
                    AppendChain(points, owner, NginxLabel(id), (int)weight * PointsPerServer);
                    break;

                case KetamaFlavor.Libmemcached or KetamaFlavor.LibmemcachedMd5:
                    AppendHashes(points, owner, LibmemcachedLabel(id));
                    break;

                case KetamaFlavor.Spymemcached:
                    AppendDigests(points, owner, id, PointsPerServer / PointsPerDigest);
                    break;

                case KetamaFlavor.Libketama:
                    AppendDigests(points, owner, id, LibketamaDigests(weight, totalWeight, nodes.Count));
                    break;

                default:
                    string label = _flavor == KetamaFlavor.LibmemcachedSpy ? "/" + id : LibmemcachedLabel(id);
                    AppendDigests(points, owner, label, LibmemcachedDigests(weight, totalWeight, nodes.Count));
                    break;
            }
        }

        points.Sort();
        return KeepOneOfEqualPoints(points);
    }

    /// <summary>How many digests libketama gives a server: the share in single, the product in double precision.</summary>
    internal static int LibketamaDigests(double weight, double totalWeight, int servers)
    {
        float share = (float)weight / (float)totalWeight;
        return (int)MathF.Floor((float)(share * 40.0 * (double)(float)servers));
    }

    /// <summary>How many digests libmemcached gives a server: share and product in single precision.</summary>
    internal static int LibmemcachedDigests(double weight, double totalWeight, int servers)
    {
        float share = (float)weight / (float)totalWeight;
        float digests = share * PointsPerServer / PointsPerDigest * (float)servers;
        return (int)MathF.Floor((float)(digests + 0.000_000_000_1));
    }

    private static double CheckWeights<TNode>(NodeSet<TNode> nodes, string argument)
        where TNode : INode
    {
        double total = 0; // exact: at most 65,535 × 2^32
        for (int node = 0; node < nodes.Count; node++)
        {
            double weight = nodes.Weights[node];
            if (!(weight >= 1 && weight <= uint.MaxValue && double.IsInteger(weight)))
            {
                throw new ArgumentOutOfRangeException(
                    argument,
                    weight,
                    string.Create(CultureInfo.InvariantCulture, $"The weight of node '{nodes[node].Id}' must be a whole number from 1 to {uint.MaxValue}, as the pool's clients have it, but was {weight}."));
            }

            total += weight;
        }

        return total;
    }

    private static void AppendDigests(List<RingPoint> points, int owner, string label, int digests)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        for (int k = 0; k < digests; k++)
        {
            Md5(Numbered(label, k), digest);
            for (int word = 0; word < MD5.HashSizeInBytes; word += sizeof(uint))
            {
                points.Add(At(BinaryPrimitives.ReadUInt32LittleEndian(digest[word..]), owner));
            }
        }
    }

    private void AppendHashes(List<RingPoint> points, int owner, string label)
    {
        const int Hashes = 100;
        for (int k = 0; k < Hashes; k++)
        {
            points.Add(At(HashKey(Numbered(label, k), _flavor), owner));
        }
    }

    private static void AppendChain(List<RingPoint> points, int owner, string label, int count)
    {
        // Each point is the CRC of the label and the point before it, which is 0 before the first.
        byte[] bytes = [.. Encoding.UTF8.GetBytes(label), 0, 0, 0, 0];
        Span<byte> previous = bytes.AsSpan(bytes.Length - sizeof(uint));
        for (int j = 0; j < count; j++)
        {
            uint point = Crc32.HashToUInt32(bytes);
            points.Add(At(point, owner));
            BinaryPrimitives.WriteUInt32LittleEndian(previous, point);
        }
    }

    /// <summary>
    /// Two servers may claim one of the 2^32 points. Keeping one decides who has it, and, as in nginx and spymemcached, that the
    /// other is not the next choice there. spymemcached puts points into a map, where the last one stays; all others keep the first.
    /// </summary>
    private List<RingPoint> KeepOneOfEqualPoints(List<RingPoint> ordered)
    {
        bool keepLast = _flavor == KetamaFlavor.Spymemcached;
        var kept = new List<RingPoint>(ordered.Count);
        foreach (RingPoint point in ordered)
        {
            if (kept.Count == 0 || kept[^1].Position != point.Position)
            {
                kept.Add(point);
            }
            else if (keepLast)
            {
                kept[^1] = point;
            }
        }

        return kept;
    }

    private static RingPoint At(uint point, int owner) => new((ulong)point << 32, owner);

    private static byte[] Numbered(string label, int number) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{label}-{number}"));

    private static string LibmemcachedLabel(string id) =>
        id.EndsWith(MemcachedPort, StringComparison.Ordinal) ? id[..^MemcachedPort.Length] : id;

    /// <summary>Host, a zero byte, port. A unix socket and a name without a port have no port, but the zero byte still.</summary>
    private static string NginxLabel(string id)
    {
        const string UnixPrefix = "unix:";
        if (id.StartsWith(UnixPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return id[UnixPrefix.Length..] + '\0';
        }

        int colon = id.AsSpan().LastIndexOf(':');
        return colon >= 0 && id.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? string.Concat(id.AsSpan(0, colon), "\0", id.AsSpan(colon + 1))
            : id + '\0';
    }

    [SuppressMessage("Security", "CA5351", Justification = "The clients to agree with place keys by MD5; nothing is protected by it.")]
    private static void Md5(ReadOnlySpan<byte> bytes, Span<byte> digest) => MD5.HashData(bytes, digest);
}
