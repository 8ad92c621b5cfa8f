namespace ScalePrimitives.Data;

/// <summary>Checks the names of tables, which stand in the text of statements, where no parameter can, and those of rows.</summary>
internal static class SqlName
{
    private const int MaxLength = 50; // with a suffix no more than what PostgreSQL keeps of a name, 63

    /// <exception cref="ArgumentException">The name is not one.</exception>
    public static string Checked(string table, string argument = "table")
    {
        ArgumentException.ThrowIfNullOrEmpty(table, argument);
        return table.Length <= MaxLength && !char.IsAsciiDigit(table[0]) && table.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? table
            : throw new ArgumentException($"{argument} must be 1 to {MaxLength} letters of ASCII, digits and underscores, not a digit first.", argument);
    }

    /// <summary>Checks a text that is a key in the database: what is alike in one collation and not in another is left out.</summary>
    /// <exception cref="ArgumentException">The text is none.</exception>
    public static void CheckKey(string key, int maxLength, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(key, argument);
        if (key.Length > maxLength || !key.All(c => char.IsAsciiLetterOrDigit(c) || "._-:/".Contains(c, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"{argument} must be named by 1 to {maxLength} letters of ASCII, digits and the characters . _ - : /", argument);
        }
    }
}
