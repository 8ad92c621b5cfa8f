using ConflictLab.Script;
using ConflictLab.Store;

namespace ConflictLab;

/// <summary>Runs a script line by line. Messages name it.</summary>
internal sealed class Session(string name, TextReader input, TextWriter output, TextWriter errors)
{
    private const int MaxSteps = 1_000;
    private readonly LineReader _lines = new(input);
    private readonly CommandParser _parser = new();
    private Lab? _lab;
    private Report? _report;

    /// <summary>Runs to the end, or to the first bad command.</summary>
    /// <param name="goesOn">Whether to go on after a bad command.</param>
    /// <param name="prompt">What to print before each command.</param>
    /// <returns>Whether all commands were good.</returns>
    public async Task<bool> RunAsync(bool goesOn, string prompt)
    {
        bool isGood = true;
        while (isGood || goesOn)
        {
            await output.WriteAsync(prompt);
            if (_lines.Read() is not { } line)
            {
                await output.WriteAsync(prompt.Length > 0 ? Environment.NewLine : "");
                return isGood;
            }

            try
            {
                await RunLineAsync(line);
            }
            catch (ScriptException wrong)
            {
                await errors.WriteLineAsync($"{name}:{_lines.Number}:{wrong.Column}: {wrong.Message}");
                isGood = false;
            }
        }

        return false;
    }

    /// <summary>The lab, with the replicas that there are by default when no command has said otherwise.</summary>
    public async Task<Lab> GetLabAsync()
    {
        if (_lab is null)
        {
            _lab = new Lab(await Cluster.StartAsync(_parser.Names));
            _report = new Report(_lab.Cluster, output);
        }

        return _lab;
    }

    private async Task RunLineAsync(string line)
    {
        Command? command = _parser.Parse(line, out string source);
        if (command is null)
        {
            return;
        }

        Lab lab = await GetLabAsync();
        if (lab.Steps.Count == MaxSteps)
        {
            throw new ScriptException(1, $"a script has at most {MaxSteps:N0} steps");
        }

        if (command is Command.Replicas replicas)
        {
            await output.WriteLineAsync($"[{_lines.Number}] {source}");
            await output.WriteLineAsync($"    {replicas.Names.Length} replicas, each in its first epoch");
            return;
        }

        _report!.Write(await lab.RunAsync(command, source), _lines.Number);
    }
}
