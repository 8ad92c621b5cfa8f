using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace ScalePrimitives.Ids;

/// <summary>
/// Universally unique identifiers of RFC 9562. The random bits come from the system's cryptographic generator, drawn in bulk by
/// each thread and wiped as they are used. Thread-safe; no call allocates, but the first on each thread (2 kilobytes).
/// </summary>
/// <remarks>
/// The bytes of the RFC are <c>Guid.ToByteArray(bigEndian: true)</c>, as in the text form; <see cref="Guid.Version"/> and <see cref="Guid.Variant"/>
/// read the two fixed fields.
/// </remarks>
public static class Uuid
{
    private const int Size = 16;
    private const int TimestampSize = 6;
    private const byte Version4 = 0x40;
    private const byte Version7 = 0x70;

    /// <summary>Creates a random UUID: version 4, RFC 9562 section 5.4, 122 random bits.</summary>
    /// <returns>A UUID that nobody can foresee.</returns>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public static Guid NewVersion4()
    {
        Span<byte> bytes = RandomBuffer.Take(Size);
        Guid uuid = Stamp(bytes, Version4);
        bytes.Clear();
        return uuid;
    }

    /// <summary>
    /// Creates a UUID that orders by time: version 7, RFC 9562 section 5.7, the system clock's milliseconds and 74 random bits. Within one
    /// millisecond the order is random.
    /// </summary>
    /// <returns>A UUID whose random bits nobody can foresee.</returns>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public static Guid NewVersion7() => NewVersion7(TimeProvider.System.GetUtcNow());

    /// <summary>Creates a UUID of version 7 for an instant, such as that of an injected clock or of an imported row.</summary>
    /// <param name="timestamp">The instant, from 1970; parts of a millisecond are cut off.</param>
    /// <returns>A UUID whose random bits nobody can foresee.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestamp"/> is before 1970.</exception>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public static Guid NewVersion7(DateTimeOffset timestamp)
    {
        long unixMs = timestamp.ToUnixTimeMilliseconds(); // up to the year 9999, which fits 48 bits
        if (unixMs < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(timestamp), timestamp, string.Create(CultureInfo.InvariantCulture, $"timestamp must be from {DateTimeOffset.UnixEpoch:O}, but was {timestamp:O}."));
        }

        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, unixMs << 16);
        Span<byte> random = RandomBuffer.Take(Size - TimestampSize);
        random.CopyTo(bytes[TimestampSize..]);
        random.Clear();
        return Stamp(bytes, Version7);
    }

    /// <summary>
    /// Makes every thread throw away the random bytes it has drawn ahead. To be called when a machine or process snapshot is restored: two
    /// copies of one memory would otherwise create the same UUIDs. Calls that overlap this one may still use the old bytes.
    /// </summary>
    public static void DiscardBufferedRandomness() => RandomBuffer.DiscardAll();

    /// <summary>Sets version and variant in 16 bytes of network order, and reads them as a <see cref="Guid"/>.</summary>
    private static Guid Stamp(Span<byte> bytes, byte version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | version);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
