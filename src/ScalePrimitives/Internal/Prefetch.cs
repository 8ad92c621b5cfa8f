using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ScalePrimitives.Internal;

/// <summary>Asks the processor to fetch a cache line while the program goes on, so that it is there when it is read. Only a hint: it
/// cannot fail, and does nothing on a processor without it.</summary>
internal static class Prefetch
{
    private const int LineLength = 64;

    /// <summary>Fetches the line of a location.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Line<T>(ref T location)
    {
        // Should the garbage collector move the object meanwhile, the wrong line is fetched.
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref location));
        }
    }

    /// <summary>Fetches the lines of an object of up to a line's length, given a field near its middle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Around(ref byte middle)
    {
        Line(ref Unsafe.SubtractByteOffset(ref middle, LineLength / 3));
        Line(ref Unsafe.AddByteOffset(ref middle, LineLength / 3));
    }
}
