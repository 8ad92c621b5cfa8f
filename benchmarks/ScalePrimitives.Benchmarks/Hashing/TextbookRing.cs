using System.IO.Hashing;
using System.Text;

namespace ScalePrimitives.Benchmarks.Hashing;

/// <summary>The ring as textbooks have it: points sorted by hash, and a binary search.</summary>
internal sealed class TextbookRing
{
    private readonly ulong[] _points;
    private readonly int[] _owners;

    public TextbookRing(string[] ids, int virtualNodes)
    {
        _points = new ulong[ids.Length * virtualNodes];
        _owners = new int[_points.Length];
        for (int i = 0; i < _points.Length; i++)
        {
            _points[i] = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{ids[i / virtualNodes]}-{i % virtualNodes}"));
            _owners[i] = i / virtualNodes;
        }

        Array.Sort(_points, _owners);
    }

    public int GetIndex(ulong hash)
    {
        int found = Array.BinarySearch(_points, hash);
        int index = found >= 0 ? found : ~found;
        return _owners[index == _points.Length ? 0 : index];
    }
}
