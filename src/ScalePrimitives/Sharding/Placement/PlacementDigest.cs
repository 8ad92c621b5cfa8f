using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ScalePrimitives.Sharding;

/// <summary>
/// What a table of boundaries or entries is known by: XXH3 of 128 bits over its parts, each with its length before it, as hexadecimal digits. The same in every process, culture and byte order.
/// It tells releases apart that differ by mistake; it is no proof against someone who looks for two tables of one digest.
/// </summary>
internal sealed class PlacementDigest
{
    private readonly XxHash128 _hash = new();

    public void Add(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Add(utf8.Length);
        _hash.Append(utf8);
    }

    public void Add(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _hash.Append(bytes);
    }

    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());
}
