namespace ScalePrimitives.Data;

/// <summary>Says how many rows to ask for, so that a batch is within a number of rows and about a number of bytes. Not thread-safe.</summary>
internal sealed class BatchSizer(int maxRows, long maxBytes)
{
    private const int FirstRows = 64;

    /// <summary>Gets how many bytes a batch has at most, but for its last row.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Gets how many rows to ask for: what would fit if they were as the last ones, and at most twice as many as then.</summary>
    public int Rows { get; private set; } = Math.Min(maxRows, FirstRows);

    public static long SizeOf(object?[] row) => row.Sum(static value => value switch
    {
        null => 0L,
        string text => text.Length,
        byte[] bytes => bytes.Length,
        SqliteText text => text.Bytes.Length,
        _ => 8L,
    });

    /// <summary>Tells of a batch.</summary>
    public void Add(int rows, long bytes)
    {
        if (rows > 0)
        {
            long fitting = maxBytes / Math.Max(1, bytes / rows);
            Rows = (int)Math.Clamp(fitting, 1, Math.Min(maxRows, Rows * 2L));
        }
    }

    /// <summary>Tells that so many rows were too many.</summary>
    public void Halve(int rows) => Rows = Math.Max(1, Math.Min(Rows, rows / 2));
}
