using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using IdInspector;

// Exit codes: 0 done, 2 the command line is wrong, or a text is no id.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int maxCount = 1_000_000;

var ids = new Argument<string[]>("ids") { Description = "The ids: a number, UUID, ULID, Base62, Crockford's base 32, hex of 16 or 32 characters. None: one a line from standard input", Arity = ArgumentArity.ZeroOrMore };
var generate = new Option<string>("--generate", "-g") { Description = $"Issue ids of a kind instead: {IdKinds.Names}" };
var count = new Option<int>("--count", "-n") { Description = "How many to issue", DefaultValueFactory = _ => 1 };
count.Validators.Add(result =>
{
    if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) || wanted is < 1 or > maxCount))
    {
        result.AddError($"--count must be from 1 to {maxCount:N0}.");
    }
});
var command = new RootCommand("Says what an id can be, and decodes it: time, worker, sequence. Or issues ids.") { ids, generate, count };
command.Validators.Add(result =>
{
    if (result.GetResult(generate) is not null && result.GetResult(ids) is { Tokens.Count: > 0 })
    {
        result.AddError("--generate issues ids and takes none to inspect.");
    }
    else if (result.GetResult(generate) is null && result.GetResult(count) is { Implicit: false })
    {
        result.AddError("--count belongs to --generate.");
    }
});
ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors)
    {
        Console.Error.WriteLine($"id-inspector: {error.Message}");
    }

    Console.Error.WriteLine("Try --help.");
    return 2;
}

command.SetAction(result => result.GetValue(generate) is { } kind ? Generate(kind, result.GetValue(count)) : Inspect(result.GetValue(ids)!));
return parsed.Invoke();

static int Generate(string kind, int count)
{
    if (IdKinds.Issue(kind) is not { } issued)
    {
        Console.Error.WriteLine($"id-inspector: There is no kind '{kind}'; there are {IdKinds.Names}.");
        return 2;
    }

    foreach (string id in issued.Take(count))
    {
        Console.WriteLine(id);
    }

    return 0;
}

static int Inspect(string[] ids)
{
    int exitCode = 0;
    foreach (string line in ids.Length > 0 && ids is not ["-"] ? ids : Lines())
    {
        string text = line.Trim();
        IReadOnlyList<Reading> readings = Inspector.Read(text);
        if (readings.Count == 0)
        {
            Console.Error.WriteLine(text.Length > Inspector.MaxLength ? $"id-inspector: A text of {text.Length} characters is no id." : $"id-inspector: '{text}' is no id of a kind that is known here.");
            exitCode = 2;
            continue;
        }

        Console.WriteLine(text);
        foreach (Reading reading in readings)
        {
            Console.WriteLine($"  {reading.Kind,-24} {reading.Says}");
        }
    }

    return exitCode;
}

static IEnumerable<string> Lines()
{
    while (Console.In.ReadLine() is { } line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            yield return line;
        }
    }
}
