using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using ConflictLab;
using ConflictLab.Diagram;
using ConflictLab.Script;

// Exit codes: 0 done, 1 a file could not be read or written, 2 the command line or a command of the script is wrong.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var script = new Argument<FileInfo>("script") { Description = "The commands, one a line, # begins a comment. None: from standard input", Arity = ArgumentArity.ZeroOrOne };
script.Validators.Add(result =>
{
    if (result.Tokens is [{ Value: ['-', ..] option }])
    {
        result.AddError($"There is no option '{option}'.");
    }
    else if (result.Tokens is [{ Value: var path }] && !File.Exists(path))
    {
        result.AddError($"There is no file '{path}'.");
    }
});
var svg = new Option<FileInfo>("--svg", "-s") { Description = "Draw the history into an SVG file: a line for each replica, time runs down" };
var command = new RootCommand($"""
    Replicas of a small key-value store that are cut off, crash and sync, as a script says: which writes conflict, and what becomes of them.

    Commands:
      {string.Join("\n  ", CommandParser.Usages)}

    replicas comes first, if at all: there are a, b and c without it. A client remembers the context of its last read of each key,
    and puts and deletes with it; blind forgets it. A crash with amnesia loses all that the replica had; forget loses a key without
    the replica's knowledge. Values with spaces go in quotes.
    """) { script, svg };

ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors)
    {
        Console.Error.WriteLine($"conflict-lab: {error.Message}");
    }

    Console.Error.WriteLine("Try --help.");
    return 2;
}

command.SetAction((result, _) => RunAsync(result.GetValue(script), result.GetValue(svg)));
return await parsed.InvokeAsync();

static async Task<int> RunAsync(FileInfo? script, FileInfo? svg)
{
    bool isInteractive = script is null;
    string name = script?.Name ?? "stdin";
    try
    {
        using var input = new StreamReader(script?.OpenRead() ?? Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        var session = new Session(name, input, Console.Out, Console.Error);
        bool isGood = await session.RunAsync(goesOn: isInteractive, prompt: isInteractive && !Console.IsInputRedirected ? "> " : "");
        if (svg is not null && (isGood || isInteractive))
        {
            Lab lab = await session.GetLabAsync();
            await using FileStream output = svg.Create();
            SpaceTimeDiagram.Write(output, [.. lab.Cluster.Replicas.Select(replica => replica.Name)], lab.Steps);
            Console.WriteLine($"Diagram: {svg.FullName}");
        }

        return isGood ? 0 : 2;
    }
    catch (DecoderFallbackException)
    {
        Console.Error.WriteLine($"conflict-lab: {name} is not UTF-8.");
        return 2;
    }
    catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"conflict-lab: {failed.Message.ReplaceLineEndings(" ")}");
        return 1;
    }
}
