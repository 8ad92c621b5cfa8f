using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Tour;

// A service on its way from one server to many: the same recorded requests, a chapter for each primitive.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; // the same output everywhere
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 120; // a pipe has no width of its own
}

try
{
    var elapsed = Stopwatch.StartNew();
    RequestStream requests = RequestStream.Load(Path.Combine(AppContext.BaseDirectory, "data", "web07.u64.gz"));
    AnsiConsole.MarkupLine($"[bold]ScalePrimitives: the tour.[/] {requests.Keys.Count:N0} recorded requests to {requests.DistinctKeys.Count:N0} pages of a web shop.");

    await CacheChapter.RunAsync(requests, Directory.CreateDirectory("tour-output"));
    await IdChapter.RunAsync(requests);
    RingChapter.Run(requests);
    await ShardChapter.RunAsync(requests);
    await ClockChapter.RunAsync(requests);

    AnsiConsole.WriteLine();
    AnsiConsole.MarkupLine($"The tour took {elapsed.Elapsed.TotalSeconds:F1} s.");
    return 0;
}
catch (Exception failure)
{
    Console.Error.WriteLine($"The tour failed: {failure.Message.ReplaceLineEndings(" ")}");
    return 1;
}
