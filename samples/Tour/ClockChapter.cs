using ScalePrimitives.Clocks;
using Spectre.Console;

namespace Tour;

/// <summary>Two regions write the same record while they cannot reach each other: neither write may be lost.</summary>
internal static class ClockChapter
{
    private const ulong Europe = 1;
    private const ulong America = 2;

    public static void Run(RequestStream requests)
    {
        long page = requests.Keys.CountBy(key => key).MaxBy(count => count.Value).Key;
        int views = requests.Keys.Count(key => key == page);
        Chapter.Begin("5. Clocks", $"Page {page} was asked for {views:N0} times. Two replicas count its views: together for the first third, apart for the rest.");
        Table table = Chapter.Table("Step", "Europe", "America", "Europe is");

        // Connected: Europe writes, America receives each write.
        var europe = new Counted(0, VectorClock.Empty);
        for (int i = 0; i < views / 3; i++)
        {
            europe = europe.AddOne(Europe);
        }

        Counted america = europe;
        Counted common = europe;
        Show("connected");

        // Cut off from each other, each counts what reaches it: every other request.
        for (int i = views / 3; i < views; i++)
        {
            if (i % 2 == 0)
            {
                europe = europe.AddOne(Europe);
            }
            else
            {
                america = america.AddOne(America);
            }
        }

        Show("partitioned");

        // Healed. Concurrent clocks mean siblings: keeping the later of the two would lose the other's views.
        Counted[] siblings = [europe, america];
        int lost = views - siblings.Max(sibling => sibling.Views);
        int merged = common.Views + siblings.Sum(sibling => sibling.Views - common.Views);
        europe = america = new Counted(merged, europe.Clock.Merge(america.Clock).Increment(Europe));
        Show("reconciled");
        AnsiConsole.Write(table);

        if (merged != views || siblings.Any(sibling => europe.Clock.Compare(sibling.Clock) != CausalOrder.After))
        {
            throw new InvalidDataException("The reconciled value does not follow from both siblings.");
        }

        Console.WriteLine($"Siblings {siblings[0].Views:N0} and {siblings[1].Views:N0} became {merged:N0}, after both; the last writer alone would have lost {lost:N0} views.");

        void Show(string step) => table.AddRow(
            step,
            Markup.Escape($"{europe.Views:N0} {europe.Clock}"),
            Markup.Escape($"{america.Views:N0} {america.Clock}"),
            $"{europe.Clock.Compare(america.Clock)}");
    }

    private sealed record Counted(int Views, VectorClock Clock)
    {
        public Counted AddOne(ulong actor) => new(Views + 1, Clock.Increment(actor));
    }
}
