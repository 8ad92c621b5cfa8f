namespace ConflictLab.Diagram;

/// <summary>The looks of a diagram, and what they mean.</summary>
internal static class DiagramStyle
{
    // Told apart by most who do not see all colours; dark enough for text on white.
    private static readonly string[] Colors = ["#0072b2", "#b35900", "#00795a", "#a3487f", "#6a4fa3", "#7a6200", "#00737d", "#5c6b1f", "#555555"];

    private const string Rules = """

        text { font-family: "Helvetica Neue", Arial, sans-serif; font-size: 12px; fill: #222222 }
        .paper { fill: #ffffff }
        .apart { fill: #f4f4f4 }
        .wall { fill: url(#hatch) }
        .source { font-family: Menlo, Consolas, monospace; font-size: 11px }
        .name { font-size: 15px; font-weight: bold; text-anchor: middle; stroke: none }
        .label, .detail, .note { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }
        .siblings { fill: #b00020; font-weight: bold }
        .detail, .note { font-size: 11px; fill: #5a5a5a }
        .note { font-style: italic }
        .life, .strike, .lost, .empty { stroke-width: 2px; fill: #ffffff }
        .lost { stroke-dasharray: 2 2 }
        .message { stroke: #444444; stroke-width: 1.3px; marker-end: url(#arrow) }
        .refused { stroke: #b00020; stroke-width: 1.3px; stroke-dasharray: 5 4 }
        .cross { stroke: #b00020; stroke-width: 2.5px }
        .gap { stroke: #ffffff; stroke-width: 4px; stroke-dasharray: 5 4 }
        .conflict { fill: #ffffff; stroke: #b00020; stroke-width: 2px }

        """;

    public static void Write(SvgWriter svg)
    {
        svg.Style(Rules + string.Concat(Colors.Select((color, i) =>
            $"        .life.r{i}, .strike.r{i}, .lost.r{i}, .empty.r{i} {{ stroke: {color} }} .full.r{i}, .sent.r{i}, .name.r{i} {{ fill: {color} }}\n")));
        svg.Begin("defs");
        svg.Begin("marker", ("id", "arrow"), ("viewBox", "0 0 10 10"), ("refX", 9), ("refY", 5), ("markerWidth", 8), ("markerHeight", 8), ("orient", "auto"));
        svg.Empty("path", ("d", "M0,1 L10,5 L0,9 z"), ("fill", "#444444"));
        svg.End();
        svg.Begin("pattern", ("id", "hatch"), ("width", 6), ("height", 6), ("patternUnits", "userSpaceOnUse"), ("patternTransform", "rotate(45)"));
        svg.Empty("rect", ("width", 6), ("height", 6), ("fill", "#e8d9b0"));
        svg.Empty("rect", ("width", 2), ("height", 6), ("fill", "#8a6d1d"));
        svg.End();
        svg.End();
    }

    public static void WriteLegend(SvgWriter svg, int x, int y)
    {
        Circle("full r8", 7, "write, or what a sync brought");
        Circle("empty r8", 4, "read");
        Circle("empty r8", 7, "delete");
        Circle("lost r8", 7, "loss unnoticed");
        Circle("conflict", 9, "siblings: a conflict");
        svg.Line("cross", x - 6, y - 6, x + 6, y + 6);
        svg.Line("cross", x - 6, y + 6, x + 6, y - 6);
        Caption("crash, or no way through");
        svg.Rectangle("wall", x - 6, y - 9, 12, 18);
        Caption("cut network");

        void Circle(string style, int radius, string text)
        {
            svg.Empty("circle", ("class", style), ("cx", x), ("cy", y), ("r", radius));
            Caption(text);
        }

        void Caption(string text)
        {
            svg.Text("detail", x + 14, y + 4, text);
            x += 40 + (text.Length * 6);
        }
    }
}
