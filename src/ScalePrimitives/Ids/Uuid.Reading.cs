using System.Buffers.Binary;

namespace ScalePrimitives.Ids;

/// <content>What UUIDs say, and the order in which SQL Server sorts them.</content>
public static partial class Uuid
{
    private const int Rfc9562Variant = 0b10; // of the variant's highest two bits

    // The start of the Gregorian calendar, from which versions 1 and 6 count.
    private static readonly long GregorianTicks = new DateTimeOffset(1582, 10, 15, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>Reads when a UUID of version 1, 6 or 7 was made.</summary>
    /// <param name="uuid">The UUID.</param>
    /// <param name="timestamp">The instant in UTC, to 100 nanoseconds for versions 1 and 6, to the millisecond for version 7; the default value when the
    /// result is <see langword="false"/>.</param>
    /// <returns>Whether the UUID is of such a version and of the variant of RFC 9562, and the instant is before the year 10000.</returns>
    public static bool TryGetTimestamp(Guid uuid, out DateTimeOffset timestamp)
    {
        Span<byte> octets = stackalloc byte[UuidLength];
        uuid.TryWriteBytes(octets, bigEndian: true, out _);
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(octets);
        Int128 ticks = (octets[8] >> 6) != Rfc9562Variant ? -1 : uuid.Version switch
        {
            // Version 1 has the time in the order low, middle, high; version 6 from high to low, around the version.
            1 => GregorianTicks + (Int128)(((high & 0x0FFF) << 48) | ((high & 0xFFFF_0000) << 16) | (high >> 32)),
            6 => GregorianTicks + (Int128)(((high >> 16) << 12) | (high & 0x0FFF)),
            7 => DateTimeOffset.UnixEpoch.Ticks + ((Int128)(high >> 16) * TimeSpan.TicksPerMillisecond),
            _ => -1,
        };
        bool isTime = ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks;
        timestamp = isTime ? new DateTimeOffset((long)ticks, TimeSpan.Zero) : default;
        return isTime;
    }

    /// <summary>
    /// Rearranges a UUID so that SQL Server, which compares the last octets of a <c>uniqueidentifier</c> first, sorts the results as RFC 9562
    /// sorts the UUIDs: those of version 7 by time. What is stored is no UUID to others until <see cref="FromSqlServerOrder"/> undoes it.
    /// </summary>
    /// <param name="uuid">The UUID.</param>
    /// <returns>The value to store.</returns>
    public static Guid ToSqlServerOrder(Guid uuid)
    {
        Span<byte> octets = stackalloc byte[UuidLength];
        Span<byte> stored = stackalloc byte[UuidLength];
        uuid.TryWriteBytes(octets, bigEndian: true, out _);
        for (int i = 0; i < UuidLength; i++)
        {
            stored[SqlServerSignificance[i]] = octets[i];
        }

        return new Guid(stored, bigEndian: true);
    }

    /// <summary>Gives a UUID back from the value that <see cref="ToSqlServerOrder"/> made of it.</summary>
    /// <param name="stored">The value stored.</param>
    /// <returns>The UUID.</returns>
    public static Guid FromSqlServerOrder(Guid stored)
    {
        Span<byte> octets = stackalloc byte[UuidLength];
        Span<byte> uuid = stackalloc byte[UuidLength];
        stored.TryWriteBytes(octets, bigEndian: true, out _);
        for (int i = 0; i < UuidLength; i++)
        {
            uuid[i] = octets[SqlServerSignificance[i]];
        }

        return new Guid(uuid, bigEndian: true);
    }

    // The positions in network order, from the one that SQL Server compares first to the last.
    private static ReadOnlySpan<byte> SqlServerSignificance => [10, 11, 12, 13, 14, 15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0];
}
