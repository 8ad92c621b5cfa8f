namespace ConflictLab.Script;

/// <summary>A command is written wrong, or does not fit the replicas that there are.</summary>
/// <param name="column">Where in its line, from 1.</param>
/// <param name="message">What is wrong.</param>
internal sealed class ScriptException(int column, string message) : Exception(message)
{
    public int Column { get; } = column;
}
