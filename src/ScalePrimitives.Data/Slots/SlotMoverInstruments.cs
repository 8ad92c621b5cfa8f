using System.Diagnostics.Metrics;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>The instruments of movers, of the meter <c>ScalePrimitives.Sharding</c>. They cost nothing while nobody listens.</summary>
internal static class SlotMoverInstruments
{
    private static readonly Meter Meter = new("ScalePrimitives.Sharding");

    /// <summary>Gets the counter of rows that were copied, compared or deleted.</summary>
    public static Counter<long> Rows { get; } = Meter.CreateCounter<long>("sharding.rows", "{row}", "Rows that movers have copied, compared or deleted.");

    /// <summary>Gets the counter of notes that were consumed.</summary>
    public static Counter<long> Notes { get; } = Meter.CreateCounter<long>("sharding.notes", "{note}", "Notes of rows written while they were copied that movers have consumed.");

    /// <summary>Gets the gauge of notes that the last pass found.</summary>
    public static Gauge<long> NotesLeft { get; } = Meter.CreateGauge<long>("sharding.notes.left", "{note}", "Notes that a mover's last pass found.");

    /// <summary>Gets the histogram of how long slots were frozen.</summary>
    public static Histogram<double> Freeze { get; } = Meter.CreateHistogram<double>("sharding.freeze.duration", "s", "How long slots refused writes, until they were given away or thawed.");

    public static KeyValuePair<string, object?> State(SlotMigrationState state) => new("sharding.state", state.ToString());

    public static KeyValuePair<string, object?> Shard(string shardId) => new("sharding.shard", shardId);

    public static KeyValuePair<string, object?> HasMoved(bool hasMoved) => new("sharding.moved", hasMoved);
}
