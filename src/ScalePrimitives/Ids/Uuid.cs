using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace ScalePrimitives.Ids;

/// <summary>
/// Universally unique identifiers of RFC 9562. Random bits come from the system's cryptographic generator, drawn in bulk by
/// each thread and wiped as they are used. Thread-safe; no call allocates, but the first on each thread (4 kilobytes).
/// </summary>
/// <remarks>
/// The bytes of the RFC are <c>Guid.ToByteArray(bigEndian: true)</c>, as in the text form; <see cref="Guid.Version"/> and <see cref="Guid.Variant"/>
/// read the two fixed fields.
/// </remarks>
public static partial class Uuid
{
    /// <summary>Creates a random UUID: version 4, RFC 9562 section 5.4, 122 random bits.</summary>
    /// <returns>A UUID that nobody can foresee.</returns>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public static Guid NewVersion4()
    {
        Span<byte> random = RandomBuffer.Take(16);
        Guid uuid = Compose(4, BinaryPrimitives.ReadUInt64BigEndian(random), BinaryPrimitives.ReadUInt64BigEndian(random[8..]));
        random.Clear();
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

        Span<byte> random = RandomBuffer.Take(10);
        ulong high = ((ulong)unixMs << 16) | BinaryPrimitives.ReadUInt16BigEndian(random);
        Guid uuid = Compose(7, high, BinaryPrimitives.ReadUInt64BigEndian(random[2..]));
        random.Clear();
        return uuid;
    }

    /// <summary>Fills a span with UUIDs of version 4.</summary>
    /// <param name="destination">Receives the UUIDs.</param>
    /// <exception cref="CryptographicException">The system's generator failed; what was filled before is valid.</exception>
    public static void FillVersion4(Span<Guid> destination)
    {
        foreach (ref Guid uuid in destination)
        {
            uuid = NewVersion4();
        }
    }

    /// <summary>Fills a span with UUIDs of version 7 of one instant, in random order, for one read of the clock. For such as are in order see <see cref="UuidV7Generator"/>.</summary>
    /// <param name="destination">Receives the UUIDs.</param>
    /// <exception cref="CryptographicException">The system's generator failed; what was filled before is valid.</exception>
    public static void FillVersion7(Span<Guid> destination)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach (ref Guid uuid in destination)
        {
            uuid = NewVersion7(now);
        }
    }

    /// <summary>
    /// Makes every thread throw away the random bytes it has drawn ahead. To be called when a machine or process snapshot is restored: two
    /// copies of one memory would otherwise create the same UUIDs. Calls that overlap this one may still use the old bytes.
    /// </summary>
    public static void DiscardBufferedRandomness() => RandomBuffer.DiscardAll();

    /// <summary>Makes a <see cref="Guid"/> of the 16 octets of RFC 9562 as two numbers, the first octet highest, with version and variant set.</summary>
    internal static Guid Compose(uint version, ulong high, ulong low)
    {
        high = (high & ~0xF000UL) | (version << 12);
        low = (low & (ulong.MaxValue >> 2)) | (1UL << 63);
        return new Guid(
            (int)(high >> 32),
            (short)(high >> 16),
            (short)high,
            (byte)(low >> 56),
            (byte)(low >> 48),
            (byte)(low >> 40),
            (byte)(low >> 32),
            (byte)(low >> 24),
            (byte)(low >> 16),
            (byte)(low >> 8),
            (byte)low);
    }
}
