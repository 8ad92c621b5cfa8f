using Spectre.Console;

namespace ShardAdmin;

/// <summary>Long work.</summary>
internal static class Work
{
    /// <summary>Does work that says how much of it is done, behind a progress bar where someone is watching.</summary>
    public static async Task RunAsync(string what, long amount, Func<Action<long>, Task> work)
    {
        if (Console.IsOutputRedirected)
        {
            await work(static _ => { });
            return;
        }

        await Bar().StartAsync(async progress =>
        {
            ProgressTask task = progress.AddTask(what, maxValue: amount);
            await work(done => task.Increment(done));
        });
    }

    public static Progress Bar() => AnsiConsole.Progress().AutoClear(true);
}
