using System.Text;

namespace ConflictLab.Script;

/// <summary>Splits a line into words. Spaces stand between them; quotes hold words with spaces, and \" and \\ in them; # begins a comment.</summary>
internal static class LineSplitter
{
    /// <summary>Splits a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="end">Where the comment begins, or the line ends.</param>
    /// <exception cref="ScriptException">The line is too long, has characters that no text has, or quotes without an end.</exception>
    public static List<Word> Split(string line, out int end)
    {
        CheckCharacters(line);
        var words = new List<Word>();
        end = 0;
        while (end < line.Length && line[end] != '#')
        {
            if (char.IsWhiteSpace(line[end]))
            {
                end++;
                continue;
            }

            words.Add(line[end] == '"' ? Quoted(line, ref end) : Bare(line, ref end));
        }

        return words;
    }

    private static void CheckCharacters(string line)
    {
        if (line.Length > LineReader.MaxLength)
        {
            throw new ScriptException(LineReader.MaxLength + 1, $"a line has at most {LineReader.MaxLength:N0} characters");
        }

        for (int i = 0; i < line.Length; i++)
        {
            // U+FFFE and U+FFFF are no characters, and half a pair is none: XML takes neither.
            bool isHalf = char.IsSurrogate(line[i]) && !char.IsSurrogatePair(line, char.IsLowSurrogate(line[i]) && i > 0 ? i - 1 : i);
            if ((char.IsControl(line[i]) && line[i] != '\t') || line[i] is '\ufffe' or '\uffff' || isHalf)
            {
                throw new ScriptException(i + 1, $"the character U+{(int)line[i]:X4} is not allowed");
            }
        }
    }

    private static Word Bare(string line, ref int at)
    {
        int start = at++;
        if (line[start] == '|')
        {
            return new Word("|", start + 1, IsQuoted: false); // by itself, so that "a|b c" needs no spaces
        }

        while (at < line.Length && !char.IsWhiteSpace(line[at]) && line[at] != '|')
        {
            if (line[at] == '"')
            {
                throw new ScriptException(at + 1, "a quote begins a word; put the whole word in quotes");
            }

            at++;
        }

        return new Word(line[start..at], start + 1, IsQuoted: false);
    }

    private static Word Quoted(string line, ref int at)
    {
        int start = at;
        var text = new StringBuilder();
        while (++at < line.Length && line[at] != '"')
        {
            if (line[at] == '\\' && (++at == line.Length || line[at] is not ('"' or '\\')))
            {
                throw new ScriptException(at, "in quotes, \\ stands before \" or \\ only");
            }

            text.Append(line[at]);
        }

        if (at >= line.Length)
        {
            throw new ScriptException(start + 1, "the quote has no end");
        }

        at++;
        if (at < line.Length && !char.IsWhiteSpace(line[at]) && line[at] != '|')
        {
            throw new ScriptException(at + 1, "a space is missing after the quote");
        }

        return new Word(text.ToString(), start + 1, IsQuoted: true);
    }
}
