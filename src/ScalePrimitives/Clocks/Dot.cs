using System.Globalization;
using System.Runtime.InteropServices;

namespace ScalePrimitives.Clocks;

/// <summary>
/// The name of one event: the <paramref name="Counter"/>-th of <paramref name="Actor"/>. The <c>default</c> value names no event.
/// Immutable, and so safe to share between threads.
/// </summary>
/// <param name="Actor">Who made the event: one incarnation of a replica. Any 64-bit value.</param>
/// <param name="Counter">Which of the actor's events it is: 1 for the first. 0 names no event.</param>
/// <remarks>Source: Preguiça et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Dot(ulong Actor, ulong Counter)
{
    /// <summary>Returns the dot as in the text of a <see cref="VectorClock"/>: the actor in 16 hexadecimal digits, a colon, the counter in decimal.</summary>
    /// <returns>For instance <c>000000070000002a:3</c>. The same in every culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Actor:x16}:{Counter}");
}
