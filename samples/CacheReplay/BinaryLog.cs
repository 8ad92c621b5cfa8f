using System.Buffers.Binary;

namespace CacheReplay;

/// <summary>Reads 64-bit little-endian integers, one after the other.</summary>
internal static class BinaryLog
{
    /// <exception cref="FormatException">It ends within an integer, or holds too many.</exception>
    public static RequestLog Read(Stream stream, string name, string description)
    {
        var log = new RequestLog();
        byte[] buffer = new byte[1 << 16];
        int filled;
        while ((filled = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
        {
            for (int i = 0; i + sizeof(long) <= filled; i += sizeof(long))
            {
                if (log.Count == RequestLog.MaxCount)
                {
                    throw new FormatException($"{name}, byte {(long)log.Count * sizeof(long):N0}: more than {RequestLog.MaxCount:N0} requests; replay a part of it.");
                }

                log.Add(BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(i)));
            }

            if (filled % sizeof(long) is not 0 and int rest)
            {
                throw new FormatException($"{name}, byte {(long)log.Count * sizeof(long):N0}: the log ends {rest} bytes into a key of 8. It was taken for {description}; if it is text, say --format text.");
            }
        }

        return log;
    }
}
