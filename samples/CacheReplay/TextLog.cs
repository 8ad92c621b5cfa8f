using ScalePrimitives.Hashing;

namespace CacheReplay;

/// <summary>Reads one key a line. A key is the bytes of its line, whatever their encoding; empty lines are left out.</summary>
internal static class TextLog
{
    private const int MaxLineLength = 1 << 16;

    /// <exception cref="FormatException">A line is too long or no text, or there are too many.</exception>
    public static RequestLog Read(Stream stream, string name)
    {
        var log = new RequestLog();
        byte[] buffer = new byte[2 * MaxLineLength];
        int held = 0; // bytes of an unfinished line, at the beginning of the buffer
        long line = 1;
        while (stream.Read(buffer.AsSpan(held)) is > 0 and int read)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, held + read);
            while (rest.IndexOf((byte)'\n') is >= 0 and int end)
            {
                Add(log, rest[..end], name, line);
                line++;
                rest = rest[(end + 1)..];
            }

            held = rest.Length;
            if (held > MaxLineLength)
            {
                throw TooLong(name, line);
            }

            rest.CopyTo(buffer);
        }

        Add(log, buffer.AsSpan(0, held), name, line);
        return log;
    }

    private static void Add(RequestLog log, ReadOnlySpan<byte> key, string name, long line)
    {
        if (line == 1 && key.StartsWith("\uFEFF"u8))
        {
            key = key["\uFEFF"u8.Length..]; // a byte order mark
        }

        if (key.EndsWith("\r"u8))
        {
            key = key[..^1];
        }

        if (key.Length > MaxLineLength)
        {
            throw TooLong(name, line);
        }

        if (key.IndexOf((byte)0) is >= 0 and int index)
        {
            throw new FormatException($"{name}, line {line:N0}, byte {index + 1}: a zero byte, which is no text. Is it binary, or UTF-16? Say --format binary, or convert it to UTF-8.");
        }

        if (key.IsEmpty)
        {
            return;
        }

        if (log.Count == RequestLog.MaxCount)
        {
            throw new FormatException($"{name}, line {line:N0}: more than {RequestLog.MaxCount:N0} requests; replay a part of it.");
        }

        log.Add(unchecked((long)KeyHash.Of(key)));
    }

    private static FormatException TooLong(string name, long line) => new($"{name}, line {line:N0}: longer than {MaxLineLength:N0} bytes, which is no key. Is it binary? Then say --format binary.");
}
