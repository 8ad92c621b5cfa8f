using ScalePrimitives.Caching;
using Spectre.Console;

namespace Tour;

/// <summary>The cache as a service runs it: bounded by bytes, with pages that expire, loads that are shared, and a warm start for the next one.</summary>
internal static class CacheService
{
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMilliseconds(100);

    public static void Run(RequestStream requests)
    {
        var clock = new RequestClock();
        var removed = new SortedDictionary<RemovalCause, int>();
        using var pages = new Cache<string, string>(new CacheOptions<string, string>
        {
            Capacity = 4_096,
            Weigher = static (_, page) => page.Length,
            MaxWeight = 4_000_000,
            ExpireAfterWrite = TimeSpan.FromMinutes(30),
            RecordStatistics = true,
            TimeProvider = clock,
            OnRemoved = (_, _, cause) => removed[cause] = removed.GetValueOrDefault(cause) + 1,
            Seed = 1,
        });
        foreach (long key in requests.Keys)
        {
            clock.Advance(BetweenRequests);
            pages.GetOrAdd($"/product/{key}", key, static (_, key) => Page(key));
        }

        Table table = Chapter.Table("With weights and expiry", ["entries", "characters", "hits", .. removed.Keys.Select(cause => cause.ToString())]);
        table.AddRow(["4,000,000 characters", $"{pages.Count:N0}", $"{pages.Weight:N0}", $"{pages.Statistics.HitRatio:P2}", .. removed.Values.Select(count => $"{count:N0}")]);
        AnsiConsole.Write(table);
        Console.WriteLine($"The hottest pages, to warm up the next server: {string.Join(", ", pages.Hottest(5).Select(page => page.Key))}");
        Console.WriteLine($"Found without making a string: {pages.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(pages.Hottest(1)[0].Key.AsSpan())}");
        ShowSharedLoads();
        ShowRefresh(clock);
    }

    private static void ShowSharedLoads()
    {
        using var pages = new Cache<string, string>(100);
        int loads = 0;
        Parallel.For(0, 8, _ => pages.GetOrAdd("/sale", path =>
        {
            Interlocked.Increment(ref loads);
            return $"<html>{path}</html>";
        }));
        IReadOnlyDictionary<string, string> many = pages.GetOrAddManyAsync(
            ["/sale", "/new", "/gone"],
            "<html>{0}</html>",
            static (paths, format, _) => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(
                paths.Where(path => path != "/gone").ToDictionary(path => path, path => string.Format(null, format, path)))).AsTask().GetAwaiter().GetResult();
        Console.WriteLine($"Eight requests at once for one page: {loads} load. Three pages at once: {many.Count} found, by one load of those that were missing.");
    }

    // The old page is served at once, and one reload runs behind it.
    private static void ShowRefresh(RequestClock clock)
    {
        using var reloaded = new ManualResetEventSlim();
        using var pages = new Cache<string, int>(new CacheOptions<string, int>
        {
            Capacity = 100,
            RefreshAfterWrite = TimeSpan.FromMinutes(1),
            TimeProvider = clock,
            OnRemoved = (_, _, _) => reloaded.Set(),
        });
        int version = 0;
        int Load(string path) => ++version;
        int first = pages.GetOrAdd("/home", Load);
        clock.Advance(TimeSpan.FromMinutes(2));
        int stale = pages.GetOrAdd("/home", Load);
        bool isReloaded = reloaded.Wait(TimeSpan.FromSeconds(10));
        Console.WriteLine($"Refreshed behind: version {first}, then {stale} while it is reloaded ({(isReloaded ? "done" : "not done")}), then {pages.GetOrAdd("/home", Load)}.");
    }

    // Pages differ in size; this one's follows from its number.
    private static string Page(long key) => new('x', 500 + (int)((ulong)key * 2_654_435_761 % 7_500));
}
