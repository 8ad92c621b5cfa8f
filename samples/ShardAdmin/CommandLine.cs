using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ScalePrimitives.Data;

namespace ShardAdmin;

/// <summary>The commands and what they take.</summary>
internal sealed class CommandLine
{
    private readonly Option<DirectoryInfo> _folder = new("--folder", "-f") { Description = "Where the catalogue is, and the shards that are files", DefaultValueFactory = _ => new DirectoryInfo("shard-admin"), Recursive = true };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };
    private readonly Option<int> _maxMoves = Whole("--max-moves", "How many slots may move at most", int.MaxValue, 0, int.MaxValue);
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "The id of a shard that is to be emptied; may be given more than once" };
    private readonly Option<string[]> _weight = new("--weight", "-w") { Description = "How strong a shard is, as id*weight; one that is not named has 1; may be given more than once" };
    private readonly Option<string> _slots = new("--slots") { Description = "These slots instead of what the plan says, as 1-5,9" };
    private readonly Option<string> _to = new("--to") { Description = "The shard that --slots go to" };
    private readonly Option<int> _rowsPerSecond = Whole("--rows-per-second", "How many rows are copied or deleted in a second at most", int.MaxValue, 1, int.MaxValue);
    private readonly Option<int> _retireAfter = Whole(
        "--retire-after", "How many seconds the source keeps its copy after the map has changed: more than other programs use a map for that read without asking the fence. This one always asks", 0, 0, 86_400);

    public RootCommand Create() => new("""
        Tends shards: makes them, puts data in, shows how full they are, plans which slots should move, checks that they can, moves them, checks that all is there, and mends what a restore has put back.

        The shards are SQLite files unless init is told otherwise; what is known of them, their connection strings included, is in a catalogue in the folder.
        """)
    {
        _folder, Init(), Load(), Status(), AddShard(), Plan(), Check(), Move(), Resume(), Cancel(), Verify(), Repair(), Uninstall(),
    };

    private Command Init()
    {
        var dialect = new Option<SqlDialect>("--dialect", "-d") { Description = "What databases the shards are", DefaultValueFactory = _ => SqlDialect.Sqlite };
        dialect.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && !Enum.GetNames<SqlDialect>().Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                result.AddError($"--dialect: there is no '{name}'; there are {string.Join(", ", Enum.GetNames<SqlDialect>()).ToLowerInvariant()}.");
            }
        });
        var shard = new Option<string[]>("--shard", "-s") { Description = "A shard, as id=connection string; for SQLite as id alone, too; may be given more than once" };
        Option<int> shards = Whole("--shards", "How many SQLite shards, if none is named", 4, 1, 1_000);
        Option<int> slots = Whole("--slots", "How many slots; it can never change", 256, 1, 65_536);
        var command = new Command("init", "Makes the first shards") { dialect, shard, shards, slots, _yes };
        command.Validators.Add(result =>
        {
            if (result.GetResult(shard) is null && result.GetResult(dialect) is { Tokens: [{ Value: var name }] } && Enum.TryParse(name, ignoreCase: true, out SqlDialect wanted) && wanted != SqlDialect.Sqlite)
            {
                result.AddError("--dialect: name the shards, as --shard id=connection string: only SQLite makes databases by itself.");
            }
            else if (result.GetResult(shard) is not null && result.GetResult(shards) is { Implicit: false })
            {
                result.AddError("--shards counts shards that are not named: leave it, or each --shard.");
            }
        });
        command.SetAction((result, token) => Setup.InitAsync(
            result.GetValue(_folder)!, result.GetValue(dialect), result.GetValue(shard) ?? [], result.GetValue(shards), result.GetValue(slots), result.GetValue(_yes), token));
        return command;
    }

    private Command Load()
    {
        var command = new Command("load", "Puts 76,118 recorded requests in; again adds what is missing") { _yes };
        command.SetAction((result, token) => Loader.RunAsync(result.GetValue(_folder)!, result.GetValue(_yes), token));
        return command;
    }

    private Command Status()
    {
        Option<int> top = Whole("--top", "How many of the busiest slots to list", 5, 0, 65_536);
        var plot = new Option<FileInfo>("--plot", "-p") { Description = "Draw the load into a PNG file" };
        var command = new Command("status", "Shows how full the shards and their slots are, and which migrations are unfinished") { top, plot };
        command.SetAction((result, token) => Inspection.StatusAsync(result.GetValue(_folder)!, result.GetValue(top), result.GetValue(plot), token));
        return command;
    }

    private Command AddShard()
    {
        var id = new Argument<string>("id") { Description = "The id of the shard" };
        var connection = new Argument<string>("connection") { Description = "Its connection string; for SQLite none: a file in the folder", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("add-shard", "Adds a shard, which holds no slots yet") { id, connection, _yes };
        command.SetAction((result, token) => Setup.AddShardAsync(result.GetValue(_folder)!, result.GetValue(id)!, result.GetValue(connection), result.GetValue(_yes), token));
        return command;
    }

    private Command Plan()
    {
        var command = new Command("plan", "Shows which slots should move so that no shard is fuller than need be") { _maxMoves, _exclude, _weight };
        command.SetAction((result, token) => Inspection.PlanAsync(result.GetValue(_folder)!, PlanOf(result), token));
        return command;
    }

    private Command Check()
    {
        const string Description = "Looks for what would keep slots from moving, before any does, and says how much there is to move; exit code 1 when something is in the way";
        var command = new Command("check", Description) { _maxMoves, _exclude, _weight, _slots, _to, _rowsPerSecond };
        command.Validators.Add(CheckChoice);
        command.SetAction((result, token) => Inspection.CheckAsync(result.GetValue(_folder)!, ChoiceOf(result), SettingsOf(result), token));
        return command;
    }

    private Command Move()
    {
        const string Description = "Goes on with unfinished migrations, then moves what plan shows; Ctrl-C stops it, and the next one goes on";
        var command = new Command("move", Description) { _maxMoves, _exclude, _weight, _slots, _to, _rowsPerSecond, _retireAfter, _yes };
        command.Validators.Add(CheckChoice);
        command.SetAction((result, token) => Mover.MoveAsync(result.GetValue(_folder)!, ChoiceOf(result), SettingsOf(result), result.GetValue(_yes), token));
        return command;
    }

    private Command Resume()
    {
        var id = new Argument<Guid?>("id") { Description = "The migration, as status names it; none: all that are unfinished" };
        var command = new Command("resume", "Goes on with unfinished migrations, whoever began them") { id, _rowsPerSecond, _retireAfter, _yes };
        command.SetAction((result, token) => Mover.ResumeAsync(result.GetValue(_folder)!, result.GetValue(id), SettingsOf(result), result.GetValue(_yes), token));
        return command;
    }

    private Command Cancel()
    {
        var id = new Argument<Guid>("id") { Description = "The migration, as status names it" };
        var command = new Command("cancel", "Undoes a migration whose slots have not changed hands yet") { id, _rowsPerSecond, _yes };
        command.SetAction((result, token) => Mover.CancelAsync(result.GetValue(_folder)!, result.GetValue(id), SettingsOf(result), result.GetValue(_yes), token));
        return command;
    }

    private Command Verify()
    {
        var command = new Command("verify", "Checks that each recorded request is there once, on the shard that the map names; exit code 1 when something is wrong");
        command.SetAction((result, token) => Inspection.VerifyAsync(result.GetValue(_folder)!, token));
        return command;
    }

    private Command Repair()
    {
        var acquire = new Option<bool>("--acquire") { Description = "Let each shard accept all that the map gives it, whatever rows it has: what it does not have is lost" };
        var map = new Option<bool>("--map") { Description = "Make the map anew of what the shards tell, when the catalogue has gone back" };
        const string Description = "Sets the fences of the shards by the map, after a shard was restored or replaced by a standby; exit code 1 when a shard is down or slots stay refused";
        var command = new Command("repair", Description) { acquire, map, _yes };
        command.SetAction((result, token) =>
            ShardAdmin.Repair.RunAsync(result.GetValue(_folder)!, result.GetValue(acquire), result.GetValue(map), result.GetValue(_yes), token));
        return command;
    }

    private Command Uninstall()
    {
        var shards = new Argument<string[]>("shards") { Description = "The shards; none: all", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("uninstall", "Takes away the triggers and logs that moves leave on shards, such as before a key is changed") { shards, _yes };
        command.SetAction((result, token) => Mover.UninstallAsync(result.GetValue(_folder)!, result.GetValue(shards) ?? [], result.GetValue(_yes), token));
        return command;
    }

    // What is to move is named in one way.
    private void CheckChoice(CommandResult result)
    {
        if (result.GetResult(_slots) is null != result.GetResult(_to) is null)
        {
            result.AddError("--slots and --to belong together.");
        }
        else if (result.GetResult(_slots) is not null && ((Option[])[_maxMoves, _exclude, _weight]).Any(option => result.GetResult(option) is { Implicit: false }))
        {
            result.AddError("--max-moves, --exclude and --weight are for the plan: leave them, or --slots.");
        }
    }

    private MoveChoice ChoiceOf(ParseResult result) => new(PlanOf(result), result.GetValue(_slots), result.GetValue(_to));

    private PlanSettings PlanOf(ParseResult result) => PlanSettings.Parse(result.GetValue(_maxMoves), result.GetValue(_exclude) ?? [], result.GetValue(_weight) ?? []);

    private MoveSettings SettingsOf(ParseResult result) => new(result.GetValue(_rowsPerSecond), TimeSpan.FromSeconds(result.GetValue(_retireAfter)));

    private static Option<int> Whole(string name, string description, int otherwise, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least || number > most))
            {
                result.AddError($"{name} must be a whole number from {least:N0} to {most:N0}.");
            }
        });
        return option;
    }
}
