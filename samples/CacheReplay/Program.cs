using System.Collections.Concurrent;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CacheReplay;
using ScalePrimitives.Caching;
using Spectre.Console;

// Exit codes: 0 done, 1 a file could not be read or written, 2 the command line or the log is wrong.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 120; // a pipe has no width of its own
}

var file = new Argument<string>("log") { Description = "The requests, packed by gzip or not; - or nothing for standard input", DefaultValueFactory = _ => "-" };
file.Validators.Add(result =>
{
    foreach (Token stray in result.Tokens.Where(token => token.Value.Length > 1 && token.Value.StartsWith('-')))
    {
        result.AddError($"There is no option '{stray.Value}'.");
    }
});
var format = new Option<LogFormat>("--format", "-f")
{
    Description = "text: one key a line. binary: 64-bit little-endian integers, no header. auto: binary when one of the first 4,096 bytes is a control character other than tab, line feed and carriage return",
    DefaultValueFactory = _ => LogFormat.Auto,
};
var capacity = new Option<int[]>("--capacity", "-c") { Description = "A capacity in entries; may be given more than once. Default: powers of two up to the number of keys" };
capacity.Validators.Add(result =>
{
    if (result.Tokens.Any(token => !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int entries) || entries < 1))
    {
        result.AddError($"--capacity: a whole number from 1 to {int.MaxValue}.");
    }
});
var wanted = new Option<double?>("--wanted", "-w") { Description = "Find the capacity that reaches a hit ratio, such as 80% or 0.8", CustomParser = ParseShare };
var plot = new Option<FileInfo>("--plot", "-p") { Description = "Draw the hit ratios into a PNG file" };
var command = new RootCommand(
    "Replays a log of requests through caches and shows what share of them each would have hit, by policy and capacity: so a size is chosen. "
    + $"Keeps 8 bytes a request, at most {RequestLog.MaxCount:N0} of them, and simulates as many caches at a time as there are cores.")
{
    file, format, capacity, wanted, plot,
};

ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
    {
        Console.Error.WriteLine($"cache-replay: {message.ReplaceLineEndings(" ")}");
    }

    Console.Error.WriteLine("Try --help.");
    return 2;
}

command.SetAction(result =>
{
    try
    {
        Run(result.GetValue(file)!, result.GetValue(format), result.GetValue(capacity) ?? [], result.GetValue(wanted), result.GetValue(plot));
        return 0;
    }
    catch (FormatException wrong)
    {
        return Fail(2, wrong);
    }
    catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
    {
        return Fail(1, failed);
    }
});
return parsed.Invoke();

static void Run(string path, LogFormat format, int[] wantedCapacities, double? wantedRatio, FileInfo? plot)
{
    bool isStandardInput = path == "-";
    if (isStandardInput && !Console.IsInputRedirected)
    {
        throw new FormatException("no log: name a file, or pipe one in. Try --help.");
    }

    string name = isStandardInput ? "standard input" : path;
    var reader = new RequestLogReader(name, format);
    using Stream stream = isStandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
    var replay = new Replay(Work.Await("Reading", () => reader.Read(stream)));
    Report.WriteLog(name, reader.Description, replay.Log);

    int[] capacities = Capacities.Choose(wantedCapacities, replay.Log.DistinctCount);
    var runs = capacities.SelectMany(capacity => Replay.Policies.Select(policy => new Run(policy, capacity))).ToList();
    Work.ForEach("Replaying", runs, run => replay.HitRatio(run.Policy, run.Capacity));
    Report.WriteHitRatios(replay, capacities);
    if (wantedRatio is { } ratio)
    {
        var found = new ConcurrentDictionary<EvictionPolicy, (int Capacity, double HitRatio)?>();
        Work.ForEach("Searching", Replay.Policies, policy => found[policy] = CapacitySearch.Find(replay, policy, ratio));
        Report.WriteWanted(replay, ratio, found);
    }

    int estimatorBase = Capacities.EstimatorBase(capacities);
    var estimates = new ConcurrentDictionary<EvictionPolicy, IReadOnlyList<HitRatioEstimate>>();
    Work.ForEach("Estimating", Replay.Policies, policy => estimates[policy] = replay.Estimate(policy, estimatorBase));
    var estimated = estimates.SelectMany(pair => pair.Value.Select(estimate => new Run(pair.Key, estimate.Capacity))).ToList();
    Work.ForEach("Checking the estimates", estimated, run => replay.HitRatio(run.Policy, run.Capacity));
    Report.WriteEstimates(replay, estimatorBase, estimates);
    if (plot is not null)
    {
        HitRatioPlot.Save(replay, capacities, $"Hit ratio by policy, {Path.GetFileName(name)}", plot.FullName);
        Console.WriteLine($"Plot: {plot.FullName}");
    }
}

static double? ParseShare(ArgumentResult result)
{
    string text = result.Tokens[0].Value;
    bool isPercent = text.EndsWith('%');
    if (double.TryParse(isPercent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
    {
        double share = isPercent ? number / 100 : number;
        if (share is > 0 and <= 1)
        {
            return share;
        }
    }

    result.AddError($"--wanted: '{text}' is no share: write 80% or 0.8.");
    return null;
}

static int Fail(int exitCode, Exception failure)
{
    Console.Error.WriteLine($"cache-replay: {failure.Message.ReplaceLineEndings(" ")}");
    return exitCode;
}
