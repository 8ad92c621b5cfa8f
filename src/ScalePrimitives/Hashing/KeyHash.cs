using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace ScalePrimitives.Hashing;

/// <summary>
/// The one hash that every placement in this library starts from: 64-bit XXH3 with seed 0. It is the same on every process,
/// machine, culture, endianness and version, unlike <see cref="object.GetHashCode"/>.
/// </summary>
/// <remarks>
/// <para>
/// Text is hashed as its UTF-8 bytes, numbers as eight little-endian bytes (so that equal numbers of different integer types
/// hash alike), a <see cref="Guid"/> as the sixteen big-endian bytes of RFC 9562.
/// </para>
/// <para>
/// XXH3 is fast and well distributed but not keyed: whoever chooses the keys can choose colliding ones. Thread-safe; O(length);
/// allocates nothing. Source: Y. Collet, xxHash, https://github.com/Cyan4973/xxHash, specification version 0.2.0.
/// </para>
/// </remarks>
public static class KeyHash
{
    /// <summary>Text up to this many UTF-8 bytes is encoded on the stack; longer text uses a pooled buffer.</summary>
    private const int MaxStackBytes = 512;

    private const int MaxUtf8BytesPerChar = 3;

    /// <summary>Hashes raw bytes, for instance a key that is UTF-8 already.</summary>
    /// <param name="key">The bytes; may be empty.</param>
    /// <returns>The 64-bit XXH3 digest, seed 0.</returns>
    public static ulong Of(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>Hashes text as UTF-8. A surrogate without its partner hashes as U+FFFD, so texts that differ only there hash alike.</summary>
    /// <param name="key">The text; may be empty.</param>
    /// <returns>The digest of its UTF-8 bytes.</returns>
    [SkipLocalsInit]
    public static ulong Of(ReadOnlySpan<char> key)
    {
        if (key.Length > MaxStackBytes / MaxUtf8BytesPerChar)
        {
            return OfLong(key);
        }

        Span<byte> utf8 = stackalloc byte[MaxStackBytes];
        int length = Encoding.UTF8.GetBytes(key, utf8);
        return XxHash3.HashToUInt64(utf8[..length]);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{char})"/>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public static ulong Of(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Of(key.AsSpan());
    }

    /// <summary>Hashes a signed number; <see cref="int"/> and the smaller types come here as well.</summary>
    /// <param name="key">Any number.</param>
    /// <returns>The digest of its eight little-endian bytes.</returns>
    public static ulong Of(long key) => Of((ulong)key);

    /// <summary>Hashes an unsigned number.</summary>
    /// <param name="key">Any number.</param>
    /// <returns>The digest of its eight little-endian bytes.</returns>
    public static ulong Of(ulong key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, key);
        return XxHash3.HashToUInt64(bytes);
    }

    /// <summary>Hashes a UUID.</summary>
    /// <param name="key">Any UUID.</param>
    /// <returns>The digest of its sixteen bytes in network order, as RFC 9562 writes them.</returns>
    public static ulong Of(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return XxHash3.HashToUInt64(bytes);
    }

    private static ulong OfLong(ReadOnlySpan<char> key)
    {
        using var utf8 = new Utf8Key(key, buffer: default); // no buffer: it rents one
        return XxHash3.HashToUInt64(utf8.Bytes);
    }
}
