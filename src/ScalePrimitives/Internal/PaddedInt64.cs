using System.Runtime.InteropServices;

namespace ScalePrimitives.Internal;

/// <summary>
/// A number that many threads write, alone on its cache lines: the fields before and after it in its owner, which are only
/// read, would otherwise be fetched anew after each write. 128 bytes either side, because processors prefetch lines in pairs.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedInt64
{
    [FieldOffset(128)]
    public long Value;
}
