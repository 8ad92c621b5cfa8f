using System.Globalization;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Ids;

/// <summary>What a snowflake id says under a <see cref="SnowflakeLayout"/>. Fields that the layout lacks are 0.</summary>
/// <param name="Timestamp">The start of the id's time unit, in UTC. Its precision is the layout's unit.</param>
/// <param name="Tick">The timestamp field itself: whole time units since the layout's epoch.</param>
/// <param name="Datacenter">The datacenter field.</param>
/// <param name="Server">The server field.</param>
/// <param name="Sequence">The place among the issuer's ids of the same time unit, from 0.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SnowflakeParts(DateTimeOffset Timestamp, long Tick, int Datacenter, int Server, int Sequence)
{
    /// <summary>Returns the parts as text, the same in every culture.</summary>
    /// <returns>For instance <c>2022-06-28T16:07:40.1050000+00:00 (tick 367597485448), datacenter 11, server 26, sequence 0</c>.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Timestamp:O} (tick {Tick}), datacenter {Datacenter}, server {Server}, sequence {Sequence}");
}
