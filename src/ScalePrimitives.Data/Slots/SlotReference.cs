namespace ScalePrimitives.Data;

/// <summary>A foreign key that leads to a table that does not move.</summary>
/// <param name="Name">What it is called, as a part of a sentence.</param>
/// <param name="Table">The table that it leads to, as it stands in a statement.</param>
/// <param name="Columns">Its columns, with those of the other table.</param>
internal sealed record SlotReference(string Name, string Table, (string From, string To)[] Columns);
