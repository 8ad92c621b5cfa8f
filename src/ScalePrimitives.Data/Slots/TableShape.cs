namespace ScalePrimitives.Data;

/// <summary>A table as a database has it: its columns that hold data, those of the primary key first.</summary>
/// <param name="Table">The table.</param>
/// <param name="Columns">The columns: the slot, the rest of the key, then the others.</param>
/// <param name="KeyLength">How many columns the key has.</param>
internal sealed record TableShape(SlotTable Table, TableColumn[] Columns, int KeyLength)
{
    public TableColumn[] Key => Columns[..KeyLength];

    /// <summary>Finds what differs in another shard's table. The order of the columns does not.</summary>
    /// <returns>What, or null.</returns>
    public string? DifferenceTo(TableShape other)
    {
        if (KeyLength != other.KeyLength || Key.Any(column => !other.Key.Any(theirs => theirs.Name == column.Name)))
        {
            return "its primary key differs on the two shards";
        }

        string[] differing =
        [
            .. Columns.Where(column => !other.Columns.Contains(column)).Select(column => Difference(column, other.Columns.FirstOrDefault(theirs => theirs.Name == column.Name))),
            .. other.Columns.Where(theirs => !Columns.Any(column => column.Name == theirs.Name)).Select(theirs => $"{theirs.Name} (only there)"),
        ];
        return differing.Length == 0 ? null : $"its columns differ on the two shards: {string.Join(", ", differing)}";
    }

    private static string Difference(TableColumn here, TableColumn there) => there switch
    {
        { Name: null } => $"{here.Name} (only here)",
        _ when there.Type == here.Type => $"{here.Name} (another collation or encoding: {here.Collation}, and {there.Collation} there)",
        _ => $"{here.Name} ({here.Type}, and {there.Type} there)",
    };
}
