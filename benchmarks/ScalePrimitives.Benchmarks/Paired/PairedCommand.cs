using System.CommandLine;
using System.Diagnostics;
using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Benchmarks.Clocks;
using ScalePrimitives.Benchmarks.Ids;
using ScalePrimitives.Benchmarks.Sharding;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>
/// The command <c>paired</c>. Each question is asked in a process of its own, because what runs first in a process decides
/// how the code that it shares with the others is compiled, and how its heap lies.
/// </summary>
internal static class PairedCommand
{
    private static readonly IReadOnlyList<IPairedQuestion> Questions = [.. CacheQuestions.All, .. IdQuestions.All, .. ClockQuestions.All, .. ShardingQuestions.All];

    public static Command Create()
    {
        var filter = new Argument<string>("filter") { Description = "The name of a question, or a part of the names of several; all when left out", DefaultValueFactory = _ => "" };
        var rounds = new Option<int>("--rounds") { Description = "How many rounds are measured", DefaultValueFactory = _ => 15 };
        var only = new Option<string[]>("--only") { Description = "Take only contenders with this in their name, and the baseline; may be given more than once" };
        var isShort = new Option<bool>("--short") { Description = "Run everything once on small data: measures nothing" };
        var inProcess = new Option<bool>("--in-process") { Description = "Ask in this process, not each question in one of its own" };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000)
            {
                result.AddError("--rounds: 1 to 10,000.");
            }
        });
        var command = new Command("paired", "Measures contenders round by round against the first of them.") { filter, rounds, only, isShort, inProcess };
        command.SetAction(parsed =>
        {
            IPairedQuestion[] questions = Named(parsed.GetValue(filter)!);
            if (questions.Length == 0)
            {
                Console.Error.WriteLine($"No question is called so. There are: {string.Join(", ", Questions.Select(question => question.Name))}.");
                return 2;
            }

            bool here = parsed.GetValue(inProcess) || parsed.GetValue(isShort);
            var settings = new PairedSettings(parsed.GetValue(isShort) ? 1 : parsed.GetValue(rounds), parsed.GetValue(isShort));
            string[] contenders = parsed.GetValue(only) ?? [];
            foreach (IPairedQuestion question in questions)
            {
                if (here)
                {
                    Ask(question, settings, contenders);
                }
                else if (AskElsewhere(question, settings, contenders) is not 0 and int exitCode)
                {
                    return exitCode;
                }
            }

            return 0;
        });
        return command;
    }

    private static IPairedQuestion[] Named(string filter) => Questions.Where(question => question.Name == filter).ToArray() is [var one]
        ? [one]
        : [.. Questions.Where(question => question.Name.Contains(filter, StringComparison.Ordinal))];

    private static void Ask(IPairedQuestion question, PairedSettings settings, string[] only)
    {
        Contender[] contenders = [.. question.CreateContenders(settings.IsShort).Where((contender, i) =>
            i == 0 || only.Length == 0 || Array.Exists(only, part => contender.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))];
        PairedReport.Write(question, settings, [.. Enumerable.Range(1, question.MaxThreads).SelectMany(threads => PairedRun.Measure(contenders, threads, settings))]);
    }

    private static int AskElsewhere(IPairedQuestion question, PairedSettings settings, string[] only)
    {
        string[] arguments = ["paired", question.Name, "--in-process", "--rounds", $"{settings.Rounds}", .. only.SelectMany(part => (string[])["--only", part])];
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        using Process process = Process.Start(program, isHost ? [typeof(PairedCommand).Assembly.Location, .. arguments] : arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
