namespace ScalePrimitives.Tests.Support;

internal static class Allocations
{
    private static ulong _sink;

    /// <summary>Asserts that an operation, once warm, allocates nothing on the calling thread.</summary>
    public static void AssertNone(Func<ulong> operation)
    {
        ulong sink = 0;
        for (int i = 0; i < 100; i++)
        {
            sink += operation();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            sink += operation();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Volatile.Write(ref _sink, sink); // the results are used, so the calls cannot be removed
        AssertNone(allocated);
    }

    /// <summary>Asserts that a thousand operations or more, which took so many bytes by the count of their thread, allocated nothing.</summary>
    /// <remarks>A collection that another test causes meanwhile can add to the count what was left of the thread's allocation buffer: some 2,000
    /// bytes were seen. An object for each operation would be 24,000 at the least.</remarks>
    public static void AssertNone(long allocated) => Assert.InRange(allocated, 0, 8_191);
}
