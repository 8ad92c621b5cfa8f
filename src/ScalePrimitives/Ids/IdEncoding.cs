namespace ScalePrimitives.Ids;

/// <summary>
/// How <see cref="IdText"/> writes an id. Every encoding has a fixed width, padded with zeros, and an alphabet in ASCII order, so that texts
/// compare ordinally as the ids do, read as unsigned numbers.
/// </summary>
public enum IdEncoding
{
    /// <summary>
    /// Digits, capitals, small letters: the shortest text. 11 characters for 64 bits, 22 for 128. Case matters: not for file names and
    /// host names, nor columns with a collation that ignores case.
    /// </summary>
    Base62,

    /// <summary>
    /// Douglas Crockford's base 32, digits and capitals without I, L, O and U: 13 characters for 64 bits, 26 for 128. That of a <see cref="Guid"/>
    /// is its ULID text. Read in any case; the letters left out are not read as the digits they resemble, and hyphens not at all.
    /// </summary>
    Crockford32,

    /// <summary>Hexadecimal, small letters: 16 characters for 64 bits, 32 for 128. Read in any case.</summary>
    Hex,
}
