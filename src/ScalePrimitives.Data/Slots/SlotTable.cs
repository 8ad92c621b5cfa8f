namespace ScalePrimitives.Data;

/// <summary>A table whose rows belong to slots. Tables that share their slots move together.</summary>
/// <remarks>Its primary key, and every unique key, has the slot column; <c>(slot, id)</c>, in this order, is what moves fastest. The column never changes in a row.</remarks>
public sealed record SlotTable
{
    /// <summary>Names a table.</summary>
    /// <param name="name">The table, in the schema that connections use by default: 1 to 50 letters of ASCII, digits and underscores, not a digit first; in the case that the database keeps.</param>
    /// <param name="slotColumn">The whole-number column that has the slot of each row, as such a name.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An argument is not such a name.</exception>
    public SlotTable(string name, string slotColumn = "slot") => (Name, SlotColumn) = (SqlName.Checked(name, nameof(name)), SqlName.Checked(slotColumn, nameof(slotColumn)));

    /// <summary>Gets the name of the table.</summary>
    public string Name { get; }

    /// <summary>Gets the name of the column that has the slot.</summary>
    public string SlotColumn { get; }
}
