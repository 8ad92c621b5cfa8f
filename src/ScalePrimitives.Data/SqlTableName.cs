namespace ScalePrimitives.Data;

/// <summary>The checked name of a table, and of its schema where that was named.</summary>
internal readonly record struct SqlTableName(string? Schema, string Name)
{
    /// <exception cref="ArgumentException">The text is no name, nor two with a dot between.</exception>
    public static SqlTableName Parse(string text, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(text, argument);
        return text.Split('.') is [var schema, var name]
            ? new SqlTableName(SqlName.Checked(schema, argument), SqlName.Checked(name, argument))
            : new SqlTableName(null, SqlName.Checked(text, argument));
    }

    /// <summary>Names a table beside this one.</summary>
    public SqlTableName With(string suffix) => this with { Name = Name + suffix };

    /// <summary>Writes the name as it was given.</summary>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";
}
