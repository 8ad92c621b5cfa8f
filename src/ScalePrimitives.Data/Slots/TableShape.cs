namespace ScalePrimitives.Data;

/// <summary>A table as a database has it: its columns that hold data, those of the primary key first.</summary>
/// <param name="Table">The table.</param>
/// <param name="Columns">The columns: the slot, the rest of the key, then the others.</param>
/// <param name="KeyLength">How many columns the key has.</param>
internal sealed record TableShape(SlotTable Table, TableColumn[] Columns, int KeyLength)
{
    public TableColumn[] Key => Columns[..KeyLength];

    /// <summary>Gets the table of the keys that were written while slots are copied.</summary>
    public string Log => Table.Name + "_slot_changes";

    public bool IsLike(TableShape other) => Columns.SequenceEqual(other.Columns) && KeyLength == other.KeyLength;
}
