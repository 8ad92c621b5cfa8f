using System.IO.Compression;

namespace CacheReplay;

/// <summary>Unpacks gzip, and says where when it cannot: the error then names the log and how far it could be unpacked.</summary>
internal sealed class UnpackingStream(Stream packed, string name) : Stream
{
    private readonly GZipStream _gzip = new(packed, CompressionMode.Decompress);
    private long _unpackedBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            int count = _gzip.Read(buffer);
            _unpackedBytes += count;
            return count;
        }
        catch (InvalidDataException damaged)
        {
            throw new FormatException($"{name}: the gzip data is truncated or damaged after byte {_unpackedBytes:N0} of the unpacked log.", damaged);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }
}
