using System.Security.Cryptography;
using System.Text;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

/// <summary>Checks the names of tables, which stand in the text of statements, where no parameter can, and those of rows.</summary>
internal static class SqlName
{
    /// <summary>How many bytes of UTF-8 an id has at most, as in a <see cref="Sharding.ShardMap"/>.</summary>
    public const int MaxIdLength = ShardName.MaxLength;

    /// <summary>How many letters <see cref="KeyOf"/> makes.</summary>
    public const int KeyLength = 2 * SHA256.HashSizeInBytes;

    private const int MaxLength = 50; // with a suffix no more than what PostgreSQL keeps of a name, 63

    /// <exception cref="ArgumentException">The name is not one.</exception>
    public static string Checked(string table, string argument = "table")
    {
        ArgumentException.ThrowIfNullOrEmpty(table, argument);
        return table.Length <= MaxLength && !char.IsAsciiDigit(table[0]) && table.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? table
            : throw new ArgumentException($"{argument} must be 1 to {MaxLength} letters of ASCII, digits and underscores, not a digit first.", argument);
    }

    /// <summary>Checks a text that is a key in the database: what is alike in one collation and not in another is left out.</summary>
    /// <exception cref="ArgumentException">The text is none.</exception>
    public static void CheckKey(string key, int maxLength, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(key, argument);
        if (key.Length > maxLength || !key.All(c => char.IsAsciiLetterOrDigit(c) || "._-:/".Contains(c, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"{argument} must be named by 1 to {maxLength} letters of ASCII, digits and the characters . _ - : /", argument);
        }
    }

    /// <summary>Makes the key of an id: of any id short enough for an index, and the same for no other one, blanks at the end and case regarded.</summary>
    public static string KeyOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
