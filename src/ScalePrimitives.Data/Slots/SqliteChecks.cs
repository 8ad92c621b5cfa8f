using System.Text.RegularExpressions;

namespace ScalePrimitives.Data;

/// <summary>Finds the checks of a table of SQLite, which no catalogue lists, in the statement that created it.</summary>
internal static partial class SqliteChecks
{
    /// <summary>Lists them, each with single blanks between its words.</summary>
    public static IEnumerable<string> In(string definition)
    {
        string[] words = [.. Words().Matches(definition).Select(static match => match.Value).Where(static word => !IsComment(word))];
        for (int i = 0; i + 1 < words.Length; i++)
        {
            if (words[i].Equals("CHECK", StringComparison.OrdinalIgnoreCase) && words[i + 1] == "(")
            {
                int end = EndOf(words, i + 1);
                yield return string.Join(' ', words[i..end]);
                i = end - 1;
            }
        }
    }

    private static bool IsComment(string word) => word.StartsWith("--", StringComparison.Ordinal) || word.StartsWith("/*", StringComparison.Ordinal);

    // Behind the parenthesis that closes the one at a place.
    private static int EndOf(string[] words, int opening)
    {
        int depth = 0;
        for (int i = opening; i < words.Length; i++)
        {
            depth += words[i] switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                return i + 1;
            }
        }

        return words.Length;
    }

    // Texts and names in their quotes, comments, words, and all other letters one by one.
    [GeneratedRegex(@"'(?:[^']|'')*'|""(?:[^""]|"""")*""|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*[\s\S]*?\*/|\w+|\S", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Words();
}
