using Spectre.Console;

namespace Tour;

/// <summary>How every chapter begins and shows long work.</summary>
internal static class Chapter
{
    public static void Begin(string title, string story)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Rule($"[bold]{title}[/]").LeftJustified());
        AnsiConsole.MarkupLine(story);
    }

    public static Table Table(string first, params string[] others)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(first);
        foreach (string column in others)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }

    /// <summary>Takes each item in turn, behind a progress bar where someone is watching.</summary>
    public static async Task ForEachAsync<T>(string what, IReadOnlyCollection<T> items, Func<T, Task> step)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (T item in items)
            {
                await step(item);
            }

            return;
        }

        await AnsiConsole.Progress().AutoClear(true).StartAsync(async progress =>
        {
            ProgressTask task = progress.AddTask(what, maxValue: items.Count);
            foreach (T item in items)
            {
                await step(item);
                task.Increment(1);
            }
        });
    }
}
