using System.Collections.Immutable;

namespace ConflictLab.Script;

/// <summary>Reads commands, strictly, and knows the replicas that they may name.</summary>
internal sealed class CommandParser
{
    public const int MaxReplicas = 9;
    private const int MaxNameLength = 16;
    private const int MaxKeyLength = 64;

    /// <summary>How each command is written.</summary>
    public static readonly ImmutableArray<string> Usages =
    [
        "replicas <name> <name> ...",
        "get <replica> <key> [as <client>]",
        "put <replica> <key> <value> [as <client>] [blind]",
        "delete <replica> <key> [as <client>]",
        "sync <replica> <replica>",
        "partition <replica> ... | <replica> ...",
        "heal",
        "crash <replica> [amnesia]",
        "forget <replica> <key>",
    ];

    private bool _hasBegun;

    /// <summary>The replicas that there are.</summary>
    public ImmutableArray<string> Names { get; private set; } = ["a", "b", "c"];

    /// <summary>Reads a command.</summary>
    /// <param name="line">The line.</param>
    /// <param name="source">The line without comment.</param>
    /// <returns>The command; null when the line has none.</returns>
    /// <exception cref="ScriptException">The line is no command.</exception>
    public Command? Parse(string line, out string source)
    {
        var words = new Words(line);
        source = words.Source;
        if (words.AtEnd)
        {
            return null;
        }

        Word verb = words.Take("a command");
        words.Usage = Usages.FirstOrDefault(usage => verb.Is(usage.Split(' ')[0]))
            ?? throw new ScriptException(verb.Column, $"there is no command '{verb.Text}'; there are {string.Join(", ", Usages.Select(usage => usage.Split(' ')[0]))}");
        Command command = Parse(verb, words);
        words.End();
        Names = command is Command.Replicas replicas ? replicas.Names : Names;
        _hasBegun = true;
        return command;
    }

    private Command Parse(Word verb, Words words) => verb.Text switch
    {
        "replicas" when _hasBegun => throw new ScriptException(verb.Column, "replicas must be the first command"),
        "replicas" => new Command.Replicas(TakeNames(words)),
        "get" => new Command.Get(TakeReplica(words), TakeKey(words), TakeOptions(words, mayBeBlind: false).Client),
        "put" => TakePut(words),
        "delete" => new Command.Delete(TakeReplica(words), TakeKey(words), TakeOptions(words, mayBeBlind: false).Client),
        "sync" => TakeSync(words),
        "partition" => new Command.Partition(TakeSides(words)),
        "heal" => new Command.Heal(),
        "crash" => new Command.Crash(TakeReplica(words), words.TryTake("amnesia")),
        _ => new Command.Forget(TakeReplica(words), TakeKey(words)),
    };

    private static ImmutableArray<string> TakeNames(Words words)
    {
        var names = new List<string>();
        do
        {
            int column = words.Column;
            string name = TakeName(words, "a replica");
            if (names.Contains(name, StringComparer.Ordinal) || names.Count == MaxReplicas)
            {
                throw new ScriptException(column, names.Count == MaxReplicas ? $"there are at most {MaxReplicas} replicas" : $"there is a replica '{name}' already");
            }

            names.Add(name);
        }
        while (!words.AtEnd || names.Count < 2);
        return [.. names];
    }

    private static string TakeName(Words words, string what)
    {
        Word word = words.Take(what);
        bool isName = word.Text.Length is > 0 and <= MaxNameLength && word.Text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
        return isName ? word.Text : throw new ScriptException(word.Column, $"'{word.Text}' is no name: 1 to {MaxNameLength} of a-z, A-Z, 0-9, - and _");
    }

    private static string TakeKey(Words words)
    {
        Word word = words.Take("a key");
        return word.Text.Length is > 0 and <= MaxKeyLength ? word.Text : throw new ScriptException(word.Column, $"a key has 1 to {MaxKeyLength} characters");
    }

    private static (string Client, bool IsBlind) TakeOptions(Words words, bool mayBeBlind)
    {
        string? client = null;
        bool isBlind = false;
        while (!words.AtEnd)
        {
            if (client is null && words.TryTake("as"))
            {
                client = TakeName(words, "a client");
            }
            else if (mayBeBlind && !isBlind && words.TryTake("blind"))
            {
                isBlind = true;
            }
            else
            {
                break; // the end of the line is checked for every command
            }
        }

        return (client ?? "client", isBlind);
    }

    private int TakeReplica(Words words)
    {
        Word word = words.Take("a replica");
        int index = Names.IndexOf(word.Text, StringComparer.Ordinal);
        return index >= 0 ? index : throw new ScriptException(word.Column, $"there is no replica '{word.Text}'; there are {string.Join(", ", Names)}");
    }

    private Command.Put TakePut(Words words)
    {
        (int replica, string key, string value) = (TakeReplica(words), TakeKey(words), words.Take("a value").Text);
        (string client, bool isBlind) = TakeOptions(words, mayBeBlind: true);
        return new Command.Put(replica, key, value, client, isBlind);
    }

    private Command.Sync TakeSync(Words words)
    {
        int left = TakeReplica(words);
        int column = words.Column;
        int right = TakeReplica(words);
        return left != right ? new Command.Sync(left, right) : throw new ScriptException(column, "a replica syncs with another one");
    }

    private ImmutableArray<int> TakeSides(Words words)
    {
        int[] sides = [.. Enumerable.Repeat(-1, Names.Length)];
        int side = 0;
        while (true)
        {
            int column = words.Column;
            int replica = TakeReplica(words);
            sides[replica] = sides[replica] < 0 ? side : throw new ScriptException(column, $"'{Names[replica]}' is on a side already");
            if (words.AtEnd)
            {
                break;
            }

            side += words.TryTake("|") ? 1 : 0;
        }

        int missing = sides.IndexOf(-1);
        return missing < 0 && side > 0
            ? [.. sides]
            : throw new ScriptException(words.Column, missing < 0 ? $"a partition has two sides or more: {words.Usage}" : $"'{Names[missing]}' is on no side");
    }
}
