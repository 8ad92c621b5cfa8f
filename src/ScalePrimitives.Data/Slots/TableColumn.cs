namespace ScalePrimitives.Data;

/// <summary>A column.</summary>
/// <param name="Name">The name, as the database keeps it.</param>
/// <param name="Type">The type, in the database's words.</param>
/// <param name="Collation">What orders and compares its texts, or empty.</param>
internal readonly record struct TableColumn(string Name, string Type, string Collation = "");
