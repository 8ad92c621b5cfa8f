using Spectre.Console;

namespace CacheReplay;

/// <summary>Long work, over all cores.</summary>
internal static class Work
{
    /// <summary>Takes each item once, several at a time, behind a progress bar where someone is watching.</summary>
    public static void ForEach<T>(string what, IReadOnlyCollection<T> items, Action<T> step)
    {
        if (Console.IsOutputRedirected)
        {
            Parallel.ForEach(items, Options(), step);
            return;
        }

        AnsiConsole.Progress().AutoClear(true).Start(progress =>
        {
            ProgressTask task = progress.AddTask(what, maxValue: items.Count);
            Parallel.ForEach(items, Options(), item =>
            {
                step(item);
                task.Increment(1);
            });
        });
    }

    /// <summary>Does what takes an unknown time, behind a sign of life where someone is watching.</summary>
    public static T Await<T>(string what, Func<T> work) =>
        Console.IsOutputRedirected ? work() : AnsiConsole.Status().Start(what, _ => work());

    // A cache to a core: more would only need more memory at once.
    private static ParallelOptions Options() => new() { MaxDegreeOfParallelism = Environment.ProcessorCount };
}
