using ScalePrimitives.HitRatios;
using Spectre.Console;

const string Usage = "usage: ScalePrimitives.HitRatios <folder of traces> [--output <folder>]";

(string Folder, string Output)? arguments = args switch
{
    [var folder] => (folder, "."),
    [var folder, "--output", var output] => (folder, output),
    _ => null,
};
if (arguments is not { } paths)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

if (!File.Exists(Path.Combine(paths.Folder, Baseline.FileName)))
{
    Console.Error.WriteLine($"The folder '{paths.Folder}' holds no {Baseline.FileName}. {Usage}");
    return 2;
}

if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 120; // a pipe has no width of its own
}

var baseline = Baseline.Load(paths.Folder);
Results results = Replay.All(paths.Folder, baseline);
var report = new Report(baseline, results);
report.Print();
Directory.CreateDirectory(paths.Output);
results.Save(Path.Combine(paths.Output, "hit-ratios.csv"));
Plots.Save(report, paths.Output);
AnsiConsole.WriteLine($"Saved hit-ratios.csv, hit-ratios.png and mean-hit-ratios.png in {paths.Output}.");
return report.ExactPoliciesAgree ? 0 : 1;
