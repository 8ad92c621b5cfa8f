using System.Collections.Immutable;
using ConflictLab.History;

namespace ConflictLab.Diagram;

/// <summary>
/// Draws a history: a line for each replica on which time runs down, a mark for each event, an arrow for each message. What an event can know of
/// is what lies above it on its line, and what arrows lead to there.
/// </summary>
internal sealed class SpaceTimeDiagram
{
    private const int LabelWidth = 26;
    private const int SourceWidth = 40;
    private const int WallMiddle = 28; // to the left of a replica's line
    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<Step> _steps;
    private readonly Layout _layout;
    private readonly SvgWriter _svg;

    private SpaceTimeDiagram(IReadOnlyList<string> names, IReadOnlyList<Step> steps, Layout layout, SvgWriter svg) =>
        (_names, _steps, _layout, _svg) = (names, steps, layout, svg);

    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(Stream output, IReadOnlyList<string> names, IReadOnlyList<Step> steps)
    {
        var layout = new Layout(names.Count, steps);
        using var svg = new SvgWriter(output, layout.Width, layout.Height);
        new SpaceTimeDiagram(names, steps, layout, svg).Draw();
    }

    private void Draw()
    {
        DiagramStyle.Write(_svg);
        _svg.Rectangle("paper", 0, 0, _layout.Width, _layout.Height);
        DrawPartitions();
        DrawReplicas();
        for (int i = 0; i < _steps.Count; i++)
        {
            DrawStep(_steps[i], _layout.RowOf(i));
        }

        DiagramStyle.WriteLegend(_svg, Layout.ColumnOf(0) - 328, _layout.Bottom + 36);
    }

    private void DrawReplicas()
    {
        for (int i = 0; i < _names.Count; i++)
        {
            int x = Layout.ColumnOf(i);
            _svg.Line($"life r{i}", x, 46, x, _layout.Bottom);
            _svg.Text($"name r{i}", x, 34, _names[i]);
        }
    }

    /// <summary>A hatched wall between neighbours that are on different sides, from the cut to the heal.</summary>
    private void DrawPartitions()
    {
        int top = -1;
        ImmutableArray<int> sides = [];
        for (int i = 0; i <= _steps.Count; i++)
        {
            bool isCut = i < _steps.Count && _steps[i].Kind == StepKind.Partition;
            if (top >= 0 && (i == _steps.Count || isCut || _steps[i].Kind == StepKind.Heal))
            {
                DrawWalls(sides, top, i == _steps.Count ? _layout.Bottom : _layout.RowOf(i));
                top = -1;
            }

            if (isCut)
            {
                (top, sides) = (_layout.RowOf(i), _steps[i].Sides);
            }
        }
    }

    private void DrawWalls(ImmutableArray<int> sides, int top, int bottom)
    {
        int left = Layout.ColumnOf(0) - 22;
        _svg.Rectangle("apart", left, top, Layout.ColumnOf(sides.Length) - 34 - left, bottom - top);
        for (int i = 1; i < sides.Length; i++)
        {
            if (sides[i] != sides[i - 1])
            {
                _svg.Rectangle("wall", Layout.ColumnOf(i) - WallMiddle - 6, top, 12, bottom - top);
            }
        }
    }

    private void DrawStep(Step step, int y)
    {
        _svg.BeginTitled($"{step.Source}\n{step.Outcome}");
        _svg.Text("source", 20, y + 4, Layout.Shorten(step.Source, SourceWidth));
        _svg.End();
        switch (step.Kind)
        {
            case StepKind.Sync:
                DrawSync(step, y);
                break;
            case StepKind.RefusedSync:
                DrawRefusal(step, y);
                break;
            case StepKind.Partition or StepKind.Heal:
                _svg.Text("note", Layout.ColumnOf(0) + 12, y + 16, step.Outcome);
                break;
            default:
                DrawEvent(step, step.Events[0], y);
                break;
        }
    }

    private void DrawSync(Step step, int y)
    {
        (Event left, Event right) = (step.Events[0], step.Events[1]);
        DrawMessage(left, right, y);
        DrawMessage(right, left, y);
        foreach (Event end in step.Events)
        {
            _svg.Empty("circle", ("class", $"sent r{end.Replica}"), ("cx", Layout.ColumnOf(end.Replica)), ("cy", y), ("r", 3));
            _svg.BeginTitled(TitleOf(step, end));
            DrawMark(step.Kind, end, y + Layout.SyncSlope);

            // Below the mark, so that the arrow that comes from the right does not cross it.
            DrawLabels(end, y + Layout.SyncSlope + 12);
            _svg.End();
        }
    }

    // The arrow ends at the rim of the mark.
    private void DrawMessage(Event from, Event to, int y)
    {
        int inward = Math.Sign(from.Replica - to.Replica) * (to.IsConflict ? 13 : 9);
        _svg.Line("message", Layout.ColumnOf(from.Replica), y, Layout.ColumnOf(to.Replica) + inward, y + Layout.SyncSlope - 1);
    }

    private void DrawRefusal(Step step, int y)
    {
        (int from, int to) = (step.Events[0].Replica, step.Events[1].Replica);
        int wall = Math.Min(from, to) + 1;
        while (step.Sides[wall] == step.Sides[wall - 1])
        {
            wall++; // ends before the farther one, which is on another side
        }

        _svg.BeginTitled($"{step.Source}\n{step.Outcome}");
        _svg.Line("refused", Layout.ColumnOf(from), y, Layout.ColumnOf(to), y);
        DrawCross("cross", Layout.ColumnOf(wall) - WallMiddle, y, 7);
        _svg.End();
    }

    private void DrawEvent(Step step, Event at, int y)
    {
        _svg.BeginTitled(TitleOf(step, at));
        DrawMark(step.Kind, at, y);
        DrawLabels(at, y);
        _svg.End();
    }

    private void DrawMark(StepKind kind, Event at, int y)
    {
        int x = Layout.ColumnOf(at.Replica);
        if (at.IsConflict)
        {
            _svg.Empty("circle", ("class", "conflict"), ("cx", x), ("cy", y), ("r", 11));
        }

        if (kind == StepKind.Crash)
        {
            _svg.Line("gap", x, y, x, y + 32);
            DrawCross("cross", x, y, 8);
            _svg.Empty("circle", ("class", $"empty r{at.Replica}"), ("cx", x), ("cy", y + 32), ("r", 4));
            return;
        }

        string style = kind is StepKind.Put or StepKind.Sync ? "full" : kind == StepKind.Forget ? "lost" : "empty";
        _svg.Empty("circle", ("class", $"{style} r{at.Replica}"), ("cx", x), ("cy", y), ("r", kind == StepKind.Read ? 4 : 7));
        if (kind == StepKind.Delete)
        {
            DrawCross($"strike r{at.Replica}", x, y, 4);
        }
    }

    private void DrawCross(string style, int x, int y, int reach)
    {
        _svg.Line(style, x - reach, y - reach, x + reach, y + reach);
        _svg.Line(style, x - reach, y + reach, x + reach, y - reach);
    }

    private void DrawLabels(Event at, int y)
    {
        int x = Layout.ColumnOf(at.Replica) + 16;
        _svg.Text(at.IsConflict ? "label siblings" : "label", x, y + 4, Layout.Shorten(at.Label, LabelWidth));
        int shown = at.Details.Length > Layout.MaxDetails ? Layout.MaxDetails - 1 : at.Details.Length;
        for (int i = 0; i < shown; i++)
        {
            _svg.Text("detail", x, y + 4 + ((i + 1) * Layout.DetailHeight), Layout.Shorten(at.Details[i], LabelWidth));
        }

        if (shown < at.Details.Length)
        {
            _svg.Text("detail", x, y + 4 + ((shown + 1) * Layout.DetailHeight), $"and {at.Details.Length - shown} more");
        }
    }

    private string TitleOf(Step step, Event at) =>
        string.Join('\n', new[] { step.Source, step.Outcome, at.Clock.Length > 0 ? $"{_names[at.Replica]} then has" : "", at.Clock }.Where(line => line.Length > 0));
}
