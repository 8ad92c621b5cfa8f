using System.Text.Json.Serialization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Clocks;

/// <summary>
/// A stamp of a <see cref="HybridLogicalClock"/>: 48 bits of milliseconds since 1970 and 16 bits of logical counter, in one word whose order is that of
/// the stamps. A stamp that is caused by another is greater; its time is near the wall's.
/// </summary>
/// <remarks>
/// <para>Immutable, 8 bytes. <c>default</c> is <see cref="MinValue"/>, before every stamp that a clock issues.</para>
/// <para>The text, <c>2026-11-23T08:15:00.250Z_00003</c>, has always 30 characters and sorts as the stamps do.</para>
/// <para>Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks", 2014, section 6.2 for the layout.</para>
/// </remarks>
[JsonConverter(typeof(ClockJsonConverter<HybridTimestamp>))]
public readonly partial record struct HybridTimestamp : IComparable<HybridTimestamp>, IComparable
{
    /// <summary>The greatest time of a stamp: the last millisecond of the year 9999, as far as the framework's dates go.</summary>
    public const long MaxPhysicalMs = 253_402_300_799_999;

    private const int LogicalBits = 16;
    private const int MaxLogical = (1 << LogicalBits) - 1;

    /// <summary>Makes a stamp of its parts.</summary>
    /// <param name="physicalMs">Milliseconds since 1970-01-01T00:00:00Z, 0 to <see cref="MaxPhysicalMs"/>.</param>
    /// <param name="logical">The logical counter, 0 to 65,535.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public HybridTimestamp(long physicalMs, int logical)
    {
        Guard.InRange(physicalMs, 0, MaxPhysicalMs);
        Guard.InRange(logical, 0, MaxLogical);
        Value = ((ulong)physicalMs << LogicalBits) | (uint)logical;
    }

    private HybridTimestamp(ulong value) => Value = value;

    /// <summary>Gets the stamp before all others: 1970 and 0.</summary>
    public static HybridTimestamp MinValue => default;

    /// <summary>Gets the stamp after all others.</summary>
    public static HybridTimestamp MaxValue => new(MaxPhysicalMs, MaxLogical);

    /// <summary>Gets the stamp as one word, to be stored or sent: the greater word is the greater stamp.</summary>
    public ulong Value { get; }

    /// <summary>Gets the milliseconds since 1970-01-01T00:00:00Z.</summary>
    public long PhysicalMs => (long)(Value >> LogicalBits);

    /// <summary>Gets the logical counter, 0 to 65,535.</summary>
    public int Logical => (int)(Value & MaxLogical);

    /// <summary>Gets the time, to the millisecond.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(PhysicalMs);

    /// <summary>Reads a stamp from a word.</summary>
    /// <param name="word">The word, as of <see cref="Value"/>.</param>
    /// <returns>The stamp.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The word is past the one of <see cref="MaxValue"/>.</exception>
    public static HybridTimestamp FromValue(ulong word) => new(Guard.InRange(word, 0UL, MaxValue.Value));

    /// <summary>Gets the next stamp. After the last logical counter of a millisecond it is the next millisecond's first.</summary>
    /// <returns>The least stamp that is greater than this one.</returns>
    /// <exception cref="OverflowException">This is <see cref="MaxValue"/>.</exception>
    public HybridTimestamp Next() => this == MaxValue
        ? throw new OverflowException("There is no stamp after MaxValue.")
        : new(Value + 1); // what overflows 16 bits is carried into the milliseconds

    /// <inheritdoc/>
    public int CompareTo(HybridTimestamp other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        HybridTimestamp other => CompareTo(other),
        _ => throw new ArgumentException($"{nameof(obj)} must be a {nameof(HybridTimestamp)}.", nameof(obj)),
    };

    /// <summary>Tells whether one stamp is before another.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator <(HybridTimestamp left, HybridTimestamp right) => left.Value < right.Value;

    /// <summary>Tells whether one stamp is after another.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator >(HybridTimestamp left, HybridTimestamp right) => left.Value > right.Value;

    /// <summary>Tells whether one stamp is before another or equal to it.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator <=(HybridTimestamp left, HybridTimestamp right) => left.Value <= right.Value;

    /// <summary>Tells whether one stamp is after another or equal to it.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    public static bool operator >=(HybridTimestamp left, HybridTimestamp right) => left.Value >= right.Value;

    /// <summary>Returns the word of the first stamp of a millisecond that is known to be in range.</summary>
    internal static ulong OfPhysicalMs(long physicalMs) => (ulong)physicalMs << LogicalBits;

    /// <summary>Returns a stamp of a word that is known to be one.</summary>
    internal static HybridTimestamp OfChecked(ulong value) => new(value);
}
