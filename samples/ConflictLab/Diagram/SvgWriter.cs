using System.Globalization;
using System.Text;
using System.Xml;

namespace ConflictLab.Diagram;

/// <summary>Writes the few elements of SVG that a diagram needs. The same calls give the same bytes on every machine.</summary>
internal sealed class SvgWriter : IDisposable
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private readonly XmlWriter _xml;

    public SvgWriter(Stream output, int width, int height)
    {
        _xml = XmlWriter.Create(output, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n" });
        Begin("svg", ("width", width), ("height", height), ("viewBox", $"0 0 {width} {height}"));
    }

    public void Begin(string element, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        _xml.WriteStartElement(element, Namespace);
        foreach ((string name, object value) in attributes)
        {
            _xml.WriteAttributeString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Begins a group of elements that shows a text when pointed at.</summary>
    public void BeginTitled(string title)
    {
        Begin("g");
        Begin("title");
        _xml.WriteString(title);
        End();
    }

    public void End() => _xml.WriteEndElement();

    public void Empty(string element, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        Begin(element, attributes);
        End();
    }

    public void Line(string style, int x1, int y1, int x2, int y2) =>
        Empty("line", ("class", style), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    public void Rectangle(string style, int x, int y, int width, int height) =>
        Empty("rect", ("class", style), ("x", x), ("y", y), ("width", width), ("height", height));

    public void Text(string style, int x, int y, string text)
    {
        Begin("text", ("class", style), ("x", x), ("y", y));
        _xml.WriteString(text);
        End();
    }

    public void Style(string rules)
    {
        Begin("style");
        _xml.WriteString(rules);
        End();
    }

    public void Dispose()
    {
        _xml.WriteEndElement();
        _xml.Dispose();
    }
}
