using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ScalePrimitives.Data;

/// <summary>Checks the names of tables, which stand in the text of statements, where no parameter can, and those of rows.</summary>
internal static class SqlName
{
    /// <summary>How many bytes of UTF-8 an id has at most, as in a <see cref="Sharding.ShardMap"/>.</summary>
    public const int MaxIdLength = 1_024;

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

    /// <summary>Checks an id of a shard, of a map or the like, which is kept as it is: what a database would refuse, or give back as another.</summary>
    /// <exception cref="ArgumentException">The id is none.</exception>
    public static void CheckId(string id, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(id, argument);
        if (!IsText(id) || Encoding.UTF8.GetByteCount(id) > MaxIdLength)
        {
            throw new ArgumentException($"{argument} must have 1 to {MaxIdLength} bytes of UTF-8, and no NUL or half a surrogate pair in it.", argument);
        }
    }

    /// <summary>Makes the key of an id: of any id short enough for an index, and the same for no other one, blanks at the end and case regarded.</summary>
    public static string KeyOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private static bool IsText(ReadOnlySpan<char> letters)
    {
        while (!letters.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(letters, out Rune letter, out int length) != OperationStatus.Done || letter.Value == 0)
            {
                return false;
            }

            letters = letters[length..];
        }

        return true;
    }
}
