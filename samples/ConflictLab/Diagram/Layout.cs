using System.Text;
using ConflictLab.History;

namespace ConflictLab.Diagram;

/// <summary>Where things are, in pixels: a column for each replica, a row for each step.</summary>
internal sealed class Layout
{
    public const int ColumnWidth = 210;
    public const int SyncSlope = 26;
    public const int DetailHeight = 14;

    /// <summary>How many lines of details are shown at most.</summary>
    public const int MaxDetails = 4;
    private const int StepsWidth = 320;
    private const int HeaderHeight = 76;
    private const int LegendHeight = 64;
    private const int LegendWidth = 960;
    private readonly int[] _rows;

    public Layout(int replicas, IReadOnlyList<Step> steps)
    {
        _rows = new int[steps.Count];
        int y = HeaderHeight;
        for (int i = 0; i < steps.Count; i++)
        {
            _rows[i] = y;
            y += HeightOf(steps[i]);
        }

        Bottom = y;
        Height = y + LegendHeight;
        Width = Math.Max(ColumnOf(replicas) - 20, LegendWidth);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Where the lines of the replicas end.</summary>
    public int Bottom { get; }

    public static int ColumnOf(int replica) => StepsWidth + 28 + (replica * ColumnWidth);

    public int RowOf(int step) => _rows[step];

    /// <summary>Shortens a text to what fits. Letters of the East, and pictures, count as two.</summary>
    public static string Shorten(string text, int width)
    {
        int used = 0;
        var shortened = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += rune.Value >= 0x1100 ? 2 : 1;
            if (used > width)
            {
                return $"{shortened.ToString().TrimEnd()}…";
            }

            shortened.Append(rune);
        }

        return text;
    }

    private static int HeightOf(Step step)
    {
        int details = step.Events.IsEmpty ? 0 : Math.Min(MaxDetails, step.Events.Max(at => at.Details.Length));
        return step.Kind switch
        {
            StepKind.Sync => SyncSlope + 40 + (details * DetailHeight),
            StepKind.Crash => 60,
            StepKind.Partition or StepKind.Heal or StepKind.RefusedSync => 36,
            _ => 32 + (details * DetailHeight),
        };
    }
}
