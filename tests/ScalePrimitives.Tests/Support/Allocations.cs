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
        Assert.Equal(0, allocated);
    }
}
