using System.Globalization;

namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>Prints results as tables of Markdown.</summary>
internal static class PairedReport
{
    public static void Write(IPairedQuestion question, PairedSettings settings, IReadOnlyList<PairedResult> results)
    {
        Print($"### {question.Name}");
        Print($"");
        Print($"{question.Title} Medians of {settings.Rounds} paired rounds, quartiles in brackets; a thread's time an operation.");
        Print($"");
        Print($"| | threads | × {results[0].Name} | ns/operation | bytes/operation | |");
        Print($"| --- | ---: | ---: | ---: | ---: | --- |");
        foreach (PairedResult result in results)
        {
            Print($"| {result.Name} | {result.Threads} | {Text(result.Ratio, "F2")} | {Text(result.Nanoseconds, "F1")} | {result.AllocatedBytes:F0} | {result.Note} |");
        }

        Print($"");
    }

    private static string Text(Quartiles value, string format) => string.Create(
        CultureInfo.InvariantCulture, $"{value.Median.ToString(format, CultureInfo.InvariantCulture)} ({value.Lower.ToString(format, CultureInfo.InvariantCulture)}–{value.Upper.ToString(format, CultureInfo.InvariantCulture)})");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
