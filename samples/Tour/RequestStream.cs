using System.Buffers.Binary;
using System.IO.Compression;

namespace Tour;

/// <summary>The recorded requests, each the key of the page it asked for.</summary>
internal sealed record RequestStream(IReadOnlyList<long> Keys, IReadOnlyList<long> DistinctKeys)
{
    public static RequestStream Load(string path)
    {
        using var compressed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var buffer = new MemoryStream();
        compressed.CopyTo(buffer);
        ReadOnlySpan<byte> bytes = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        if (bytes.IsEmpty || bytes.Length % sizeof(long) != 0)
        {
            throw new InvalidDataException($"{path} holds no requests, or ends within one, at byte {bytes.Length}.");
        }

        long[] keys = new long[bytes.Length / sizeof(long)];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        }

        return new RequestStream(keys, keys.Distinct().ToArray());
    }
}
