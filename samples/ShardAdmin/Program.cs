using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using ScalePrimitives.Sharding;
using ShardAdmin;
using Spectre.Console;

// Exit codes: 0 done, 1 it failed, something is wrong, or the answer was no, 2 the command line is wrong, 130 stopped by Ctrl-C.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 120; // a pipe has no width of its own
}

ParseResult parsed = new CommandLine().Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
    {
        Console.Error.WriteLine($"shard-admin: {message.ReplaceLineEndings(" ")}");
    }

    Console.Error.WriteLine("Try --help.");
    return 2;
}

try
{
    // The time that a migration is given to end its last transaction after Ctrl-C.
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("shard-admin: Stopped. What was begun is kept: give the command again to go on.");
    return 130;
}
catch (Exception wrong) when (wrong is FormatException or ArgumentException)
{
    return Fail(2, wrong);
}
catch (Exception failed) when (failed is DbException or IOException or UnauthorizedAccessException or InvalidOperationException or AggregateException or InvalidDataException or TimeoutException
    or DeclinedException or SlotMigrationTakenOverException or SlotFrozenException or StaleShardMapException)
{
    return Fail(1, failed);
}

static int Fail(int exitCode, Exception failure)
{
    // The names of parameters mean nothing to whoever typed a command.
    string message = failure.Message.Split(" (Parameter", 2)[0];
    Console.Error.WriteLine($"shard-admin: {message.ReplaceLineEndings(" ")}");
    return exitCode;
}
