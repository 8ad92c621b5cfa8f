namespace ScalePrimitives.Data;

/// <summary>Checks the names that stand in the text of statements, where no parameter can.</summary>
internal static class SqlName
{
    private const int MaxLength = 50; // with a suffix no more than what PostgreSQL keeps of a name, 63

    /// <exception cref="ArgumentException">The name is not one.</exception>
    public static string Checked(string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        return table.Length <= MaxLength && !char.IsAsciiDigit(table[0]) && table.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? table
            : throw new ArgumentException($"table must be 1 to {MaxLength} letters of ASCII, digits and underscores, not a digit first.", nameof(table));
    }
}
