using System.Globalization;
using System.Runtime.InteropServices;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// How the 64 bits of a snowflake id are divided: fields of chosen width and order, the epoch and the time unit. Immutable and
/// thread-safe. Layouts are equal when they read every id alike. The presets are layouts in public use; any of them can be
/// given another epoch: <c>SnowflakeLayout.Twitter with { Epoch = … }</c>.
/// </summary>
/// <remarks>
/// The top bit is the sign of the <see cref="long"/>. It is unused, or the first bit of the timestamp (Discord, Instagram): then
/// all ids decode, read as unsigned, but only those of the first half of the range, which are not negative, are issued.
/// </remarks>
public sealed record SnowflakeLayout
{
    private const int TotalBits = 64;
    private static readonly TimeSpan MaxUnit = TimeSpan.FromHours(1);

    private readonly BitRange _timestamp;
    private readonly BitRange _datacenter;
    private readonly BitRange _server;
    private readonly BitRange _sequence;
    private readonly ulong _unitReciprocal;

    private SnowflakeLayout(DateTimeOffset epoch, TimeSpan unit, params ReadOnlySpan<SnowflakeField> fields)
    {
        Span<BitRange> ranges = stackalloc BitRange[(int)SnowflakeFieldKind.Sequence + 1];
        ranges.Clear();
        int shift = TotalBits;
        foreach (SnowflakeField field in fields)
        {
            if (field.Bits < 1 || field.Bits > shift)
            {
                throw new ArgumentOutOfRangeException(nameof(fields), field.Bits, string.Create(CultureInfo.InvariantCulture, $"The {field.Kind} field must have from 1 to {shift} bits, what the fields before it leave of 64, but has {field.Bits}."));
            }

            shift -= field.Bits;
            ref BitRange range = ref ranges[(int)field.Kind];
            if (range.Bits > 0 && field.Kind != SnowflakeFieldKind.Unused)
            {
                throw new ArgumentException($"The layout has two {field.Kind} fields.", nameof(fields));
            }

            range = new BitRange(shift, field.Bits);
        }

        if (shift != 0)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The widths of the fields must sum to 64, unused bits and the sign included, but sum to {TotalBits - shift}."), nameof(fields));
        }

        if (fields[0].Kind is not (SnowflakeFieldKind.Unused or SnowflakeFieldKind.Timestamp))
        {
            throw new ArgumentException("The first field holds the sign bit: it must be Unused or Timestamp.", nameof(fields));
        }

        _timestamp = ranges[(int)SnowflakeFieldKind.Timestamp];
        _datacenter = ranges[(int)SnowflakeFieldKind.Datacenter];
        _server = ranges[(int)SnowflakeFieldKind.Server];
        _sequence = ranges[(int)SnowflakeFieldKind.Sequence];
        if (_timestamp.Bits == 0)
        {
            throw new ArgumentException("The layout needs a Timestamp field.", nameof(fields));
        }

        Unit = Guard.InRange(unit, TimeSpan.FromTicks(1), MaxUnit);
        _unitReciprocal = ulong.MaxValue / (ulong)Unit.Ticks;
        Epoch = epoch;
    }

    /// <summary>Gets Twitter's layout of 2010: sign, 41 bits of milliseconds since 2010-11-04T01:42:54.657Z, 5 of datacenter, 5 of server, 12 of sequence. Lasts until 2080.</summary>
    public static SnowflakeLayout Twitter { get; } = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_288_834_974_657),
        TimeSpan.FromMilliseconds(1),
        SnowflakeField.Unused(1),
        SnowflakeField.Timestamp(41),
        SnowflakeField.Datacenter(5),
        SnowflakeField.Server(5),
        SnowflakeField.Sequence(12));

    /// <summary>
    /// Gets Discord's layout: 42 bits of milliseconds since 2015, 5 of datacenter (Discord's worker), 5 of server (Discord's process),
    /// 12 of sequence (increment). Discord's ids are unsigned; as <see cref="long"/> they can be issued until 2084.
    /// </summary>
    public static SnowflakeLayout Discord { get; } = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_420_070_400_000),
        TimeSpan.FromMilliseconds(1),
        SnowflakeField.Timestamp(42),
        SnowflakeField.Datacenter(5),
        SnowflakeField.Server(5),
        SnowflakeField.Sequence(12));

    /// <summary>
    /// Gets the default layout of Sonyflake version 2: sign, 39 bits of 10 milliseconds since 2025, 8 of sequence, 16 of server (Sonyflake's machine).
    /// Lasts until 2199; 25,600 ids a second a server.
    /// </summary>
    public static SnowflakeLayout Sonyflake { get; } = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_735_689_600_000),
        TimeSpan.FromMilliseconds(10),
        SnowflakeField.Unused(1),
        SnowflakeField.Timestamp(39),
        SnowflakeField.Sequence(8),
        SnowflakeField.Server(16));

    /// <summary>
    /// Gets a layout whose ids fit 53 bits, so that JavaScript's numbers and other doubles hold them exactly: 41 bits of milliseconds since
    /// 2025, 5 of server, 7 of sequence. Lasts until 2094; 128,000 ids a second for each of 32 servers.
    /// </summary>
    public static SnowflakeLayout JavaScriptSafe { get; } = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_735_689_600_000),
        TimeSpan.FromMilliseconds(1),
        SnowflakeField.Unused(11),
        SnowflakeField.Timestamp(41),
        SnowflakeField.Server(5),
        SnowflakeField.Sequence(7));

    /// <summary>Gets the instant of tick 0, in UTC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">With this epoch the last timestamp would lie past the year 9999.</exception>
    public DateTimeOffset Epoch
    {
        get;
        init => field = CheckEpoch(value);
    }

    /// <summary>Gets the length of one tick of the timestamp.</summary>
    public TimeSpan Unit { get; }

    /// <summary>Gets the fields from the most to the least significant bit, adjacent unused ones as one. A new list at each call.</summary>
    public IReadOnlyList<SnowflakeField> Fields
    {
        get
        {
            var fields = new List<SnowflakeField>();
            int top = TotalBits;
            foreach ((BitRange range, Func<int, SnowflakeField> create) in Ranges().Where(used => used.Range.Bits > 0).OrderByDescending(used => used.Range.Shift))
            {
                AddUnused(top - range.Shift - range.Bits);
                fields.Add(create(range.Bits));
                top = range.Shift;
            }

            AddUnused(top);
            return fields;

            void AddUnused(int bits)
            {
                if (bits > 0)
                {
                    fields.Add(SnowflakeField.Unused(bits));
                }
            }
        }
    }

    /// <summary>Gets the width of the timestamp, in bits.</summary>
    public int TimestampBits => _timestamp.Bits;

    /// <summary>Gets the width of the datacenter field, in bits; 0 when the layout has none.</summary>
    public int DatacenterBits => _datacenter.Bits;

    /// <summary>Gets the width of the server field, in bits; 0 when the layout has none.</summary>
    public int ServerBits => _server.Bits;

    /// <summary>Gets the width of the sequence, in bits; 0 when the layout has none.</summary>
    public int SequenceBits => _sequence.Bits;

    /// <summary>Gets whether ids order by time first: no other field lies above the timestamp.</summary>
    public bool IsTimeOrdered =>
        ((_datacenter.Mask | _server.Mask | _sequence.Mask) >> _timestamp.Shift) == 0;

    /// <summary>Gets the first instant at which no id can be issued any more.</summary>
    public DateTimeOffset ExpiresAt => StartOf(LastTick + 1);

    /// <summary>Gets the last tick that can be issued: an id that is negative as <see cref="long"/> would break the order of ids.</summary>
    internal long LastTick => _timestamp.Shift + _timestamp.Bits == TotalBits ? _timestamp.Max >> 1 : _timestamp.Max;

    /// <summary>
    /// Creates a layout. Not a constructor, because the binder of configuration, generated for native AOT, would call one, with what is no layout.
    /// </summary>
    /// <param name="epoch">The instant of tick 0.</param>
    /// <param name="unit">The length of one tick of the timestamp, 100 nanoseconds to 1 hour.</param>
    /// <param name="fields">The fields from the most to the least significant bit. Their widths sum to 64; the first is unused or the
    /// timestamp; the timestamp is there; none but unused ones come twice.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentException">The fields break one of these rules.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is outside its range, or the last timestamp lies past the year 9999.</exception>
    public static SnowflakeLayout Create(DateTimeOffset epoch, TimeSpan unit, params ReadOnlySpan<SnowflakeField> fields) => new(epoch, unit, fields);

    /// <summary>Reads an id. An id from elsewhere may be any <see cref="long"/>: unsigned ids are passed as they are, cast unchecked.</summary>
    /// <param name="id">The id.</param>
    /// <returns>Its fields.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A bit is set that the layout leaves unused: the id is not of this layout.</exception>
    public SnowflakeParts Decode(long id) =>
        TryDecode(id, out SnowflakeParts parts)
            ? parts
            : throw new ArgumentOutOfRangeException(nameof(id), id, string.Create(CultureInfo.InvariantCulture, $"The id {id} has bits set that the layout leaves unused."));

    /// <summary>Reads an id, if it is one of this layout.</summary>
    /// <param name="id">The id.</param>
    /// <param name="parts">Its fields; the default value when the result is <see langword="false"/>.</param>
    /// <returns>Whether all bits that the layout leaves unused are zero in <paramref name="id"/>.</returns>
    public bool TryDecode(long id, out SnowflakeParts parts)
    {
        ulong used = _timestamp.Mask | _datacenter.Mask | _server.Mask | _sequence.Mask;
        if (((ulong)id & ~used) != 0)
        {
            parts = default;
            return false;
        }

        long tick = _timestamp.Read(id);
        parts = new SnowflakeParts(StartOf(tick), tick, (int)_datacenter.Read(id), (int)_server.Read(id), (int)_sequence.Read(id));
        return true;
    }

    /// <summary>Composes an id from its fields: the inverse of <see cref="Decode"/>. Negative only when the timestamp holds the sign bit and is in its upper half.</summary>
    /// <param name="tick">Whole time units since the epoch.</param>
    /// <param name="datacenter">The datacenter; 0 when the layout has no such field.</param>
    /// <param name="server">The server; 0 when the layout has no such field.</param>
    /// <param name="sequence">The place among the ids of the tick; 0 when the layout has no such field.</param>
    /// <returns>The id.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is negative or does not fit its field.</exception>
    public long Encode(long tick, int datacenter, int server, int sequence)
    {
        Guard.InRange(tick, 0, _timestamp.Max);
        Guard.InRange(datacenter, 0, _datacenter.Max);
        Guard.InRange(server, 0, _server.Max);
        Guard.InRange(sequence, 0, _sequence.Max);
        return Identity(datacenter, server) | Compose(tick, sequence);
    }

    /// <summary>Gets the smallest id of the tick that contains an instant, of whatever server: the lower bound of a query by time.</summary>
    /// <param name="instant">An instant from <see cref="Epoch"/> to before <see cref="ExpiresAt"/>.</param>
    /// <returns>The id with all other fields zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="instant"/> is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The ids do not order by time: see <see cref="IsTimeOrdered"/>.</exception>
    public long Min(DateTimeOffset instant) => Compose(IssuableTick(instant), 0);

    /// <summary>Gets the greatest id of the tick that contains an instant, of whatever server: the inclusive upper bound of a query by time.</summary>
    /// <param name="instant">An instant from <see cref="Epoch"/> to before <see cref="ExpiresAt"/>.</param>
    /// <returns>The id with all other fields at their greatest.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="instant"/> is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The ids do not order by time: see <see cref="IsTimeOrdered"/>.</exception>
    public long Max(DateTimeOffset instant) =>
        Compose(IssuableTick(instant), 0) | (long)(_datacenter.Mask | _server.Mask | _sequence.Mask);

    /// <summary>Returns the layout as text, the same in every culture.</summary>
    /// <returns>For instance <c>Unused 1, Timestamp 41, Server 10, Sequence 12; 00:00:00.0010000 since 2025-01-01T00:00:00.0000000+00:00</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(", ", Fields.Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Kind} {field.Bits}")))}; {Unit} since {Epoch:O}");

    /// <summary>Gets the tick that contains an instant; negative before the epoch.</summary>
    internal long TickAt(DateTimeOffset instant)
    {
        long elapsed = instant.UtcTicks - Epoch.UtcTicks;
        long unit = Unit.Ticks;
        if (elapsed < 0)
        {
            return ((elapsed + 1) / unit) - 1; // division truncates towards zero, but a tick starts below
        }

        // Division by multiplication: every id pays for it. The reciprocal is at most 2 short of 2^64 / unit, and elapsed < 2^62, so the product
        // is at most 1/2 short of elapsed / unit, and the quotient right or one too small.
        long tick = (long)Math.BigMul((ulong)elapsed, _unitReciprocal, out _);
        return elapsed - (tick * unit) >= unit ? tick + 1 : tick;
    }

    /// <summary>Gets the start of a tick from 0 to one past the greatest.</summary>
    internal DateTimeOffset StartOf(long tick) => Epoch.AddTicks(tick * Unit.Ticks);

    /// <summary>Puts numbers that are known to fit into the two identity fields.</summary>
    internal long Identity(int datacenter, int server) => _datacenter.Place(datacenter) | _server.Place(server);

    /// <summary>Gets how many workers the two identity fields number together.</summary>
    internal long WorkerCount => 1L << (DatacenterBits + ServerBits);

    /// <summary>Gets the datacenter and the server that a worker's number is made of.</summary>
    internal (int Datacenter, int Server) SplitWorker(long worker) => ((int)(worker >> ServerBits), (int)(worker & _server.Max));

    /// <summary>Puts numbers that are known to fit into the two moving fields.</summary>
    internal long Compose(long tick, long sequence) => _timestamp.Place(tick) | _sequence.Place(sequence);

    // Every timestamp of the field is then a DateTimeOffset, so decoding and arithmetic on ticks cannot overflow.
    private DateTimeOffset CheckEpoch(DateTimeOffset epoch)
    {
        Int128 end = epoch.UtcTicks + ((Int128)(_timestamp.Max + 1) * Unit.Ticks);
        return end <= DateTimeOffset.MaxValue.UtcTicks
            ? epoch.ToUniversalTime()
            : throw new ArgumentOutOfRangeException(nameof(epoch), epoch, string.Create(CultureInfo.InvariantCulture, $"A timestamp of {_timestamp.Bits} bits in units of {Unit} after the epoch {epoch:O} runs past the year 9999: narrow it, and leave bits unused."));
    }

    private IEnumerable<(BitRange Range, Func<int, SnowflakeField> Create)> Ranges() =>
        [(_timestamp, SnowflakeField.Timestamp), (_datacenter, SnowflakeField.Datacenter), (_server, SnowflakeField.Server), (_sequence, SnowflakeField.Sequence)];

    private long IssuableTick(DateTimeOffset instant)
    {
        if (!IsTimeOrdered)
        {
            throw new InvalidOperationException("Ids of this layout do not order by time: a field lies above the timestamp.");
        }

        long tick = TickAt(instant);
        return tick >= 0 && tick <= LastTick
            ? tick
            : throw new ArgumentOutOfRangeException(nameof(instant), instant, string.Create(CultureInfo.InvariantCulture, $"instant must be from {Epoch:O} to before {ExpiresAt:O}, but was {instant:O}."));
    }

    /// <summary>Where a field lies; no bits when the layout lacks it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct BitRange(int Shift, int Bits)
    {
        public long Max => (1L << Bits) - 1;

        public ulong Mask => (ulong)Max << Shift;

        public long Read(long id) => (long)((ulong)id >> Shift) & Max;

        public long Place(long value) => value << Shift;
    }
}
