using System.Globalization;
using ScalePrimitives.Ids;

namespace IdInspector;

/// <summary>Finds every way to read a text as an id.</summary>
internal static class Inspector
{
    /// <summary>The longest text that is looked at: a UUID as a URN has 45 characters.</summary>
    public const int MaxLength = 64;

    private static readonly (string Name, SnowflakeLayout Layout)[] Layouts =
    [
        ("Twitter", SnowflakeLayout.Twitter),
        ("Discord", SnowflakeLayout.Discord),
        ("Sonyflake", SnowflakeLayout.Sonyflake),
        ("JavaScriptSafe", SnowflakeLayout.JavaScriptSafe),
    ];

    /// <summary>Returns the readings of a text, none when it is no id.</summary>
    public static IReadOnlyList<Reading> Read(string text)
    {
        var readings = new List<Reading>();
        if (text.Length > MaxLength)
        {
            return readings;
        }

        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
        {
            readings.AddRange(OfNumber("decimal number", (long)number));
        }

        string bare = text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) ? text["urn:uuid:".Length..] : text;
        if (bare.Length != 32 && Guid.TryParse(bare, out Guid uuid))
        {
            readings.Add(OfUuid("UUID", uuid));
        }

        foreach (IdEncoding encoding in Enum.GetValues<IdEncoding>())
        {
            if (IdText.TryParse(text, encoding, out long id))
            {
                readings.AddRange(OfNumber($"64 bits in {encoding}", id));
            }

            if (IdText.TryParse(text, encoding, out Guid wide))
            {
                readings.Add(OfUuid(encoding == IdEncoding.Hex ? "UUID without hyphens" : $"UUID in {encoding}", wide));
                if (encoding == IdEncoding.Crockford32)
                {
                    readings.Add(OfUlid(wide));
                }
            }
        }

        return readings;
    }

    private static IEnumerable<Reading> OfNumber(string kind, long id)
    {
        yield return new Reading(kind, $"{(ulong)id}, hex {IdText.Format(id, IdEncoding.Hex)}, Base62 {IdText.Format(id, IdEncoding.Base62)}, Crockford {IdText.Format(id, IdEncoding.Crockford32)}");
        foreach ((string name, SnowflakeLayout layout) in Layouts)
        {
            if (layout.TryDecode(id, out SnowflakeParts parts))
            {
                string datacenter = layout.DatacenterBits > 0 ? $"datacenter {parts.Datacenter}, " : "";
                yield return new Reading($"  {name} snowflake", $"{Instant(parts.Timestamp)}, {datacenter}server {parts.Server}, sequence {parts.Sequence}");
            }
        }
    }

    private static Reading OfUuid(string kind, Guid uuid)
    {
        string time = Uuid.TryGetTimestamp(uuid, out DateTimeOffset timestamp) ? $", made {Instant(timestamp)}" : "";
        string version = (uuid.Variant >> 2) != 0b10 ? "of no variant of RFC 9562" : $"version {uuid.Version}{Meaning(uuid.Version)}";
        return new Reading(kind, $"{uuid}, {version}{time}");
    }

    private static Reading OfUlid(Guid ulid)
    {
        // The time stands where a UUID of version 7 has it.
        UInt128 number = IdText.ParseUInt128(IdText.Format(ulid, IdEncoding.Hex), IdEncoding.Hex);
        long unixMs = (long)(number >> 80);
        return new Reading("ULID", unixMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? $"made {Instant(DateTimeOffset.FromUnixTimeMilliseconds(unixMs))}" : "of a time past the year 9999");
    }

    private static string Meaning(int version) => version switch
    {
        1 => " (time, node)",
        3 => " (name, MD5)",
        4 => " (random)",
        5 => " (name, SHA-1)",
        6 => " (time, node, in order)",
        7 => " (time, random)",
        8 => " (custom)",
        _ => "",
    };

    private static string Instant(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);
}
