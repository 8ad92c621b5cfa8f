using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using RingPlanner;
using Spectre.Console;

// Exit codes: 0 done, 1 a file could not be read or written, 2 the command line or the topology is wrong.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 120; // a pipe has no width of its own
}

var nodes = new Argument<string[]>("nodes") { Description = "The nodes, each id[*weight][@zone]: cache-1, cache-2*2, cache-3@eu, cache-4*0.5@us", Arity = ArgumentArity.ZeroOrMore };
nodes.Validators.Add(result =>
{
    foreach (Token stray in result.Tokens.Where(token => token.Value.StartsWith('-')))
    {
        result.AddError($"There is no option '{stray.Value}'.");
    }
});
var file = new Option<FileInfo>("--file", "-f") { Description = "Read nodes from a JSON file: [{\"id\": \"cache-1\", \"weight\": 2, \"zone\": \"eu\"}, …]" };
var add = new Option<string[]>("--add", "-a") { Description = "A node that joins, as id[*weight][@zone]; may be given more than once" };
var remove = new Option<string[]>("--remove", "-r") { Description = "The id of a node that leaves; may be given more than once" };
var weight = new Option<string[]>("--weight", "-w") { Description = "A changed weight, as id*weight; may be given more than once" };
var slots = new Option<int>("--slot-count") { Description = "Slots of the slot table, a power of two", DefaultValueFactory = _ => 65_536 };
var points = new Option<int>("--virtual-nodes") { Description = "Virtual nodes: points of a node of weight 1 on the ring", DefaultValueFactory = _ => 200 };
var moves = new Option<bool>("--moves", "-m") { Description = "List every hash range and slot range that moves" };
var plot = new Option<FileInfo>("--plot", "-p") { Description = "Draw who owns how much into a PNG file" };
var command = new RootCommand("Shows who owns what on a hash ring and on a slot table, how evenly, and what moves when nodes join, leave or change weight.")
{
    nodes, file, add, remove, weight, slots, points, moves, plot,
};

ParseResult parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors)
    {
        Console.Error.WriteLine($"ring-planner: {error.Message}");
    }

    Console.Error.WriteLine("Try --help.");
    return 2;
}

command.SetAction(result =>
{
    try
    {
        var change = TopologyChange.Parse(
            result.GetValue(nodes)!, result.GetValue(file), result.GetValue(add) ?? [], result.GetValue(remove) ?? [], result.GetValue(weight) ?? []);
        Placement ring = Placement.OnRing(change, result.GetValue(points));
        Placement table = Placement.OnSlotTable(change, result.GetValue(slots));
        Report.Write(change, [ring, table], listMoves: result.GetValue(moves));
        if (result.GetValue(plot) is { } target)
        {
            OwnershipPlot.Save(change, [ring, table], target.FullName);
            Console.WriteLine($"Plot: {target.FullName}");
        }

        return 0;
    }
    catch (Exception wrong) when (wrong is FormatException or ArgumentException)
    {
        return Fail(2, wrong);
    }
    catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
    {
        return Fail(1, failed);
    }
});
return parsed.Invoke();

static int Fail(int exitCode, Exception failure)
{
    // The names of parameters mean nothing to whoever typed a command.
    string message = failure.Message.Split(" (Parameter", 2)[0];
    Console.Error.WriteLine($"ring-planner: {message.ReplaceLineEndings(" ")}");
    return exitCode;
}
