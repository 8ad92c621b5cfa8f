using System.Buffers;
using System.Text;

namespace ScalePrimitives.Hashing;

/// <summary>The UTF-8 bytes of a key, in a buffer of the caller if it is long enough, else in a pooled one. Dispose it once.</summary>
internal readonly ref struct Utf8Key : IDisposable
{
    /// <summary>A stack buffer of this size holds every key that memcached takes.</summary>
    public const int StackSize = 512;

    private const int MaxUtf8BytesPerChar = 3;

    private readonly byte[]? _rented;

    public Utf8Key(ReadOnlySpan<char> text, Span<byte> buffer)
    {
        if (text.Length > buffer.Length / MaxUtf8BytesPerChar)
        {
            buffer = _rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        }

        Bytes = buffer[..Encoding.UTF8.GetBytes(text, buffer)];
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
