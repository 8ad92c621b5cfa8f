namespace ScalePrimitives.Data;

/// <summary>A table whose rows belong to slots. Tables that share their slots move together.</summary>
/// <remarks>Its primary key, and every unique key, has the slot column; <c>(slot, id)</c>, in this order, is what moves fastest. The column never changes in a row.</remarks>
public sealed record SlotTable
{
    private readonly SqlTableName _name;

    /// <summary>Names a table.</summary>
    /// <param name="name">The table: 1 to 50 letters of ASCII, digits and underscores, not a digit first; in the case that the database keeps. In the schema that connections use by default, or in
    /// the one whose name stands before it and a dot. (SQLite has no schemas.)</param>
    /// <param name="slotColumn">The whole-number column that has the slot of each row, as such a name without a schema.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An argument is not such a name.</exception>
    public SlotTable(string name, string slotColumn = "slot") => (_name, SlotColumn) = (SqlTableName.Parse(name, nameof(name)), SqlName.Checked(slotColumn, nameof(slotColumn)));

    /// <summary>Gets the name of the table, with its schema if that was named.</summary>
    public string Name => _name.ToString();

    /// <summary>Gets the name of the column that has the slot.</summary>
    public string SlotColumn { get; }

    /// <summary>Gets the name in its parts.</summary>
    internal SqlTableName Parts => _name;

    /// <summary>Gets the table of the keys that were written while slots are copied.</summary>
    internal SqlTableName Log => _name.With("_slot_changes");
}
