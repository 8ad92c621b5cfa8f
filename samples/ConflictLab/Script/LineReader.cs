using System.Text;

namespace ConflictLab.Script;

/// <summary>Reads lines, of which the longest cannot fill the memory.</summary>
internal sealed class LineReader(TextReader reader)
{
    public const int MaxLength = 1_000;

    /// <summary>The number of the line last read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Reads a line without its end.</summary>
    /// <returns>The line; of one that is too long, its first <see cref="MaxLength"/> + 1 characters; null at the end.</returns>
    public string? Read()
    {
        int next = reader.Read();
        if (next < 0)
        {
            return null;
        }

        Number++;
        var line = new StringBuilder();
        for (; next >= 0 && next != '\n'; next = reader.Read())
        {
            // One more than allowed shows that the line is too long; two, as the first of them may be the \r of a line that is not.
            if (line.Length < MaxLength + 2)
            {
                line.Append((char)next);
            }
        }

        string text = line.ToString();
        text = text.EndsWith('\r') ? text[..^1] : text;
        return text.Length > MaxLength ? text[..(MaxLength + 1)] : text;
    }
}
