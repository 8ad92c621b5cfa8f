using ScalePrimitives.Sharding;
using Spectre.Console;

namespace ShardAdmin;

/// <summary>Shows how far a move is: a bar where someone is watching, else a line for each state.</summary>
internal sealed class MoveProgress(string what, ProgressTask? bar) : IProgress<SlotMigrationProgress>
{
    private SlotMigrationState? _state;
    private long _totalRows;

    /// <summary>Gets how many rows have moved, as far as is known.</summary>
    public long Rows => _totalRows;

    public void Report(SlotMigrationProgress value)
    {
        _totalRows = Math.Max(_totalRows, value.TotalRows);
        if (bar is null)
        {
            if (value.State != _state)
            {
                Console.WriteLine($"{what}: {value.State}");
            }
        }
        else
        {
            // Copied, compared, deleted: each fills the bar once.
            string again = value.DirtyKeys > 0 ? $", {value.DirtyKeys:N0} written meanwhile" : "";
            bar.Description = Markup.Escape($"{what}: {value.State}, {value.Rows:N0} rows{again}");
            bar.MaxValue = Math.Max(_totalRows, 1);
            bar.Value = value.Rows;
            bar.IsIndeterminate = _totalRows == 0;
        }

        _state = value.State;
    }
}
