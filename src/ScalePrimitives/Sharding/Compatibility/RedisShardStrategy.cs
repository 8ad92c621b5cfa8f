using System.Text;

namespace ScalePrimitives.Sharding;

/// <summary>The slots of Redis Cluster: CRC-16/XMODEM of the key modulo 16,384, and of its hash tag alone where it has one, so that <c>{user:42}:cart</c> and <c>{user:42}:orders</c> share a slot.</summary>
/// <remarks>
/// A hash tag is what stands between the first <c>{</c> and the first <c>}</c> after it; an empty one counts for nothing. O(length); allocates nothing; thread-safe.
/// Source: Redis Cluster specification, "Hash tags" and appendix A. Text is hashed as UTF-8.
/// </remarks>
public sealed class RedisShardStrategy : IShardStrategy<string>
{
    /// <summary>How many slots Redis Cluster has: 16,384.</summary>
    public const int RedisSlotCount = 16_384;

    private const int StackLimit = 256;

    private static readonly ushort[] Crc = CreateTable();

    /// <inheritdoc/>
    public string Id => "redis-crc16/16384";

    /// <inheritdoc/>
    public int SlotCount => RedisSlotCount;

    /// <inheritdoc/>
    public int GetSlot(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int longest = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> utf8 = longest <= StackLimit ? stackalloc byte[StackLimit] : new byte[longest];
        return SlotOf(utf8[..Encoding.UTF8.GetBytes(key, utf8)]);
    }

    /// <summary>Finds the slot of a key of bytes.</summary>
    /// <param name="key">The key, empty or not.</param>
    /// <returns>0 to 16,383.</returns>
    public static int SlotOf(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        int length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        ReadOnlySpan<byte> hashed = length > 0 ? key.Slice(open + 1, length) : key;
        int crc = 0;
        foreach (byte next in hashed)
        {
            crc = (ushort)(crc << 8) ^ Crc[(crc >> 8) ^ next];
        }

        return crc % RedisSlotCount;
    }

    // By bytes: the polynomial x^16 + x^12 + x^5 + 1, highest bit first.
    private static ushort[] CreateTable()
    {
        var table = new ushort[256];
        for (int i = 0; i < table.Length; i++)
        {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }

            table[i] = (ushort)crc;
        }

        return table;
    }
}
