using System.Diagnostics;
using System.Text;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>Runs programs of the machine.</summary>
internal static class Command
{
    /// <summary>Gets a value indicating whether the tests run as the superuser, whom database servers refuse.</summary>
    public static bool IsSuperuser => Environment.UserName == "root";

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it printed.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors}{await output}");
        }
    }

    /// <summary>Starts a program whose output the caller reads.</summary>
    public static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Starts a server and waits until it says, on its output for errors, that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It has ended instead; the message holds what it said.</exception>
    public static async Task<Process> StartServerAsync(string ready, string program, params string[] arguments)
    {
        Process server = Start(program, arguments);
        _ = server.StandardOutput.ReadToEndAsync(); // or a full pipe would stop it
        var said = new StringBuilder();
        while (await server.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains(ready, StringComparison.Ordinal))
            {
                _ = server.StandardError.ReadToEndAsync();
                return server;
            }

            said.AppendLine(line);
        }

        server.Dispose();
        throw new InvalidOperationException($"{program} has ended instead of starting: {said}");
    }
}
