namespace ConflictLab.Script;

/// <summary>The words of a line, taken one after the other.</summary>
internal sealed class Words
{
    private readonly List<Word> _words;
    private readonly int _end;
    private int _next;

    /// <exception cref="ScriptException">The line cannot be split: see <see cref="LineSplitter"/>.</exception>
    public Words(string line)
    {
        _words = LineSplitter.Split(line, out int end);
        string source = line[..end].TrimEnd();
        _end = source.Length + 1;
        Source = source.TrimStart();
    }

    /// <summary>The line without comment.</summary>
    public string Source { get; }

    /// <summary>What is wrong with a line of these words is said in terms of this.</summary>
    public string Usage { get; set; } = "";

    public bool AtEnd => _next == _words.Count;

    /// <summary>Where the next word begins, or would.</summary>
    public int Column => AtEnd ? _end : _words[_next].Column;

    /// <exception cref="ScriptException">There are no more words.</exception>
    public Word Take(string what) =>
        AtEnd ? throw new ScriptException(Column, $"{what} is missing: {Usage}") : _words[_next++];

    public bool TryTake(string keyword)
    {
        bool taken = !AtEnd && _words[_next].Is(keyword);
        _next += taken ? 1 : 0;
        return taken;
    }

    /// <exception cref="ScriptException">There is another word.</exception>
    public void End()
    {
        if (!AtEnd)
        {
            throw new ScriptException(Column, $"'{_words[_next].Text}' does not belong here: {Usage}");
        }
    }
}
