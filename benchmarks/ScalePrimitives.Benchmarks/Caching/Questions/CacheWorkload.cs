namespace ScalePrimitives.Benchmarks.Caching.Questions;

/// <summary>How big things are: as stated when measured, small when everything only has to run.</summary>
internal static class CacheWorkload
{
    public const int Workers = 2;

    /// <summary>How many keys are resident.</summary>
    public static int Entries(bool isShort) => isShort ? 2_000 : 100_000;

    /// <summary>How many requests a worker has before it begins anew.</summary>
    public static int Requests(bool isShort) => isShort ? 1 << 12 : 1 << 17;
}
