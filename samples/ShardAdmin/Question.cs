namespace ShardAdmin;

/// <summary>Asks before anything is changed.</summary>
internal static class Question
{
    /// <exception cref="FormatException">Nobody is there to be asked.</exception>
    /// <exception cref="DeclinedException">The answer was no.</exception>
    public static async Task AskAsync(string question, bool yes, CancellationToken cancellationToken)
    {
        if (yes)
        {
            return;
        }

        if (Console.IsInputRedirected)
        {
            throw new FormatException($"{question} Nobody is there to be asked: give --yes.");
        }

        Console.Error.Write($"{question} [y/N] ");
        string? answer = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken); // a console's read does not end with the token
        if (answer?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new DeclinedException();
        }
    }
}
