using System.Collections.Immutable;

namespace ConflictLab.Script;

/// <summary>What a line of a script asks for. Replicas are given by their places in the list of them.</summary>
internal abstract record Command
{
    private Command()
    {
    }

    internal sealed record Replicas(ImmutableArray<string> Names) : Command;

    internal sealed record Get(int Replica, string Key, string Client) : Command;

    /// <summary>A blind client ignores what it has read.</summary>
    internal sealed record Put(int Replica, string Key, string Value, string Client, bool IsBlind) : Command;

    internal sealed record Delete(int Replica, string Key, string Client) : Command;

    internal sealed record Sync(int Left, int Right) : Command;

    /// <summary>Says which side each replica is on.</summary>
    internal sealed record Partition(ImmutableArray<int> Sides) : Command;

    internal sealed record Heal : Command;

    internal sealed record Crash(int Replica, bool LosesDisk) : Command;

    internal sealed record Forget(int Replica, string Key) : Command;
}
