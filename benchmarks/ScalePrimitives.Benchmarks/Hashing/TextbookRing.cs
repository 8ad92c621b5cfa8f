using System.IO.Hashing;
using System.Text;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>The ring as tutorials write it: sorted XXH3 hashes of "id-index" and a binary search. The baseline.</summary>
public sealed class TextbookRing
{
    private readonly ulong[] _points;
    private readonly int[] _owners;

    public TextbookRing(string[] ids, int virtualNodes)
    {
        _points = new ulong[ids.Length * virtualNodes];
        _owners = new int[_points.Length];
        for (int node = 0; node < ids.Length; node++)
        {
            for (int i = 0; i < virtualNodes; i++)
            {
                _points[(node * virtualNodes) + i] = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{ids[node]}-{i}"));
                _owners[(node * virtualNodes) + i] = node;
            }
        }

        Array.Sort(_points, _owners);
    }

    public int GetIndex(ulong keyHash)
    {
        int index = Array.BinarySearch(_points, keyHash);
        index = index < 0 ? ~index : index;
        return _owners[index == _points.Length ? 0 : index];
    }
}
