using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Unicode;

namespace ScalePrimitives.Ids;

/// <content>UUIDs that name something: the same namespace and name always give the same UUID.</content>
public static partial class Uuid
{
    private const int UuidLength = 16;
    private const int MaxStackLength = 512;
    private const int MaxUtf8BytesPerChar = 3;

    /// <summary>
    /// Creates the UUID of a name by MD5: version 3, RFC 9562 section 5.3. For systems that have it already; take <see cref="NewVersion5(Guid, string)"/> otherwise.
    /// </summary>
    /// <param name="namespaceId">The namespace: one of <see cref="UuidNamespaces"/>, or a UUID of your own.</param>
    /// <param name="name">The name; its UTF-8 bytes are hashed, as they are: neither case nor Unicode form is changed.</param>
    /// <returns>The UUID, the same everywhere. Whoever knows the name knows it: it is no secret.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> holds half of a surrogate pair.</exception>
    public static Guid NewVersion3(Guid namespaceId, string name) => Named(3, namespaceId, name);

    /// <inheritdoc cref="NewVersion3(Guid, string)"/>
    /// <param name="namespaceId">The namespace: one of <see cref="UuidNamespaces"/>, or a UUID of your own.</param>
    /// <param name="name">The bytes of the name.</param>
    public static Guid NewVersion3(Guid namespaceId, ReadOnlySpan<byte> name) => Named(3, namespaceId, name);

    /// <summary>Creates the UUID of a name by SHA-1: version 5, RFC 9562 section 5.5.</summary>
    /// <param name="namespaceId">The namespace: one of <see cref="UuidNamespaces"/>, or a UUID of your own.</param>
    /// <param name="name">The name; its UTF-8 bytes are hashed, as they are: neither case nor Unicode form is changed.</param>
    /// <returns>The UUID, the same everywhere. Whoever knows the name knows it: it is no secret.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> holds half of a surrogate pair.</exception>
    public static Guid NewVersion5(Guid namespaceId, string name) => Named(5, namespaceId, name);

    /// <inheritdoc cref="NewVersion5(Guid, string)"/>
    /// <param name="namespaceId">The namespace: one of <see cref="UuidNamespaces"/>, or a UUID of your own.</param>
    /// <param name="name">The bytes of the name.</param>
    public static Guid NewVersion5(Guid namespaceId, ReadOnlySpan<byte> name) => Named(5, namespaceId, name);

    private static Guid Named(uint version, Guid namespaceId, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int length = name.Length * MaxUtf8BytesPerChar;
        byte[]? rented = length > MaxStackLength ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> bytes = rented ?? stackalloc byte[MaxStackLength];
        Guid uuid = Named(version, namespaceId, bytes[..Encode(name, bytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return uuid;
    }

    // A lone surrogate is no text: replaced, different names would give one UUID.
    private static int Encode(string name, Span<byte> bytes) =>
        Utf8.FromUtf16(name, bytes, out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done
            ? written
            : throw new ArgumentException("name must be text, but holds half of a surrogate pair.", nameof(name));

    private static Guid Named(uint version, Guid namespaceId, ReadOnlySpan<byte> name)
    {
        int length = UuidLength + name.Length;
        byte[]? rented = length > MaxStackLength ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> bytes = rented ?? stackalloc byte[MaxStackLength];
        namespaceId.TryWriteBytes(bytes, bigEndian: true, out _);
        name.CopyTo(bytes[UuidLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350, CA5351 // The RFC prescribes them, and nothing here rests on their strength.
        _ = version == 3 ? MD5.HashData(bytes[..length], hash) : SHA1.HashData(bytes[..length], hash);
#pragma warning restore CA5350, CA5351
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return Compose(version, BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));
    }
}
