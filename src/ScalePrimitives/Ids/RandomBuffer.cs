using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ScalePrimitives.Ids;

/// <summary>
/// Cryptographically strong random bytes, drawn from the system in bulk because each draw may cost a system call. Static mutable
/// state, which <see cref="Uuid"/>'s static methods need: one buffer a thread, so that no lock is taken and no byte is given to two.
/// </summary>
internal sealed class RandomBuffer
{
    // 256 UUIDs share the fixed cost of one draw, which can be half a microsecond.
    private const int Size = 4096;

    [ThreadStatic]
    private static RandomBuffer? _ofThread;

    private static int _currentGeneration;

    // Pinned: were it moved by a collection, a copy would stay behind that nobody wipes.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);
    private int _next = Size;
    private int _generation;

    private RandomBuffer()
    {
    }

    /// <summary>
    /// Takes fresh bytes from the calling thread's buffer. The caller clears the span before it returns, so that what was handed out cannot
    /// be found in memory later; nothing else runs on this thread between, so the span is the caller's own.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a length known to the compiler makes clearing one store
    public static Span<byte> Take(int count)
    {
        RandomBuffer buffer = _ofThread ??= new RandomBuffer();
        if (buffer._next + count > Size || buffer._generation != Volatile.Read(ref _currentGeneration))
        {
            buffer.Refill();
        }

        Span<byte> taken = buffer._bytes.AsSpan(buffer._next, count);
        buffer._next += count;
        return taken;
    }

    /// <summary>Makes every thread draw anew before its next take. A take that overlaps this call may still be served from the old bytes.</summary>
    public static void DiscardAll() => Interlocked.Increment(ref _currentGeneration);

    private void Refill()
    {
        int generation = Volatile.Read(ref _currentGeneration); // before the draw: a discard during it must discard what it draws
        RandomNumberGenerator.Fill(_bytes);
        _next = 0; // only now: if the draw throws, the used bytes must not come again
        _generation = generation;
    }
}
