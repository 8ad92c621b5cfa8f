using System.Buffers;
using System.IO.Pipelines;

namespace CacheReplay;

/// <summary>Reads a log, packed by gzip or not, and finds out its format.</summary>
internal sealed class RequestLogReader(string name, LogFormat format)
{
    private const int SampleLength = 4096;

    private static readonly StreamPipeReaderOptions Buffering = new(bufferSize: 1 << 16);

    /// <summary>Gets what the log was taken for, and why.</summary>
    public string Description { get; private set; } = "";

    /// <exception cref="FormatException">The log is malformed, truncated or empty; the message says where.</exception>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public RequestLog Read(Stream stream)
    {
        PipeReader raw = PipeReader.Create(stream, Buffering);
        bool isPacked = Peek(raw, 3) is [0x1F, 0x8B, 0x08]; // gzip, and the one method it has
        if (!isPacked)
        {
            return ReadUnpacked(raw, "");
        }

        using var unpacking = new UnpackingStream(raw.AsStream(), name);
        return ReadUnpacked(PipeReader.Create(unpacking, Buffering), "gzip, ");
    }

    private RequestLog ReadUnpacked(PipeReader reader, string packing)
    {
        byte[] sample = Peek(reader, SampleLength);
        if (sample.Length == 0)
        {
            throw new FormatException($"{name}: empty, there are no requests to replay.");
        }

        int control = Array.FindIndex(sample, IsControl);
        (LogFormat decided, string why) = format switch
        {
            LogFormat.Text => (format, "as --format says"),
            LogFormat.Binary => (format, "as --format says"),
            _ when control >= 0 => (LogFormat.Binary, $"because byte {control} is a control character, 0x{sample[control]:X2}"),
            _ => (LogFormat.Text, $"because there is no control character in its first {sample.Length:N0} bytes"),
        };
        Description = $"{packing}{(decided == LogFormat.Text ? "text" : "binary")} ({why})";
        using Stream stream = reader.AsStream();
        RequestLog log = decided == LogFormat.Text ? TextLog.Read(stream, name) : BinaryLog.Read(stream, name, Description);
        return log.Count > 0 ? log : throw new FormatException($"{name}: there are no requests to replay, only empty lines.");
    }

    // Looks at the first bytes without taking them; fewer when there are no more.
    private static byte[] Peek(PipeReader reader, int count)
    {
        ReadResult result = reader.ReadAtLeastAsync(count).AsTask().GetAwaiter().GetResult();
        byte[] bytes = new byte[Math.Min(count, result.Buffer.Length)];
        result.Buffer.Slice(0, bytes.Length).CopyTo(bytes);
        reader.AdvanceTo(result.Buffer.Start);
        return bytes;
    }

    private static bool IsControl(byte value) => value is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or 0x7F;
}
