namespace ScalePrimitives.Data;

/// <summary>A text of SQLite as the bytes that it is kept in, which need not be UTF-8: a driver would replace what is not.</summary>
/// <param name="Bytes">The bytes, in the encoding of the database.</param>
internal sealed record SqliteText(byte[] Bytes);
