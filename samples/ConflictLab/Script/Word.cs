namespace ConflictLab.Script;

/// <summary>A word of a command.</summary>
/// <param name="Text">The word, without its quotes.</param>
/// <param name="Column">Where it begins, from 1.</param>
/// <param name="IsQuoted">Whether it had quotes: then it is no keyword.</param>
internal sealed record Word(string Text, int Column, bool IsQuoted)
{
    public bool Is(string keyword) => !IsQuoted && Text == keyword;
}
