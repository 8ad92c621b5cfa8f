using ScalePrimitives.Clocks;
using Spectre.Console;

namespace Tour;

/// <summary>Two regions write the same record while they cannot reach each other: neither write may be lost.</summary>
internal static class ClockChapter
{
    public static async Task RunAsync(RequestStream requests)
    {
        long page = requests.Keys.CountBy(key => key).MaxBy(count => count.Value).Key;
        int views = requests.Keys.Count(key => key == page);
        Chapter.Begin("5. Clocks", $"Page {page} was asked for {views:N0} times. Two replicas count its views: together for the first third, apart for the rest.");
        Table table = Chapter.Table("Step", "Europe", "America", "Europe is");
        var epochs = new InMemoryActorEpochStore();
        ActorLease europe = await ActorLease.AcquireAsync(epochs, replica: 1);
        ActorLease america = await ActorLease.AcquireAsync(epochs, replica: 2);

        // Connected: Europe counts, and America receives what Europe has.
        int common = views / 3;
        var inEurope = Counted(DottedVersionVectorSet<int>.Empty, europe, common);
        DottedVersionVectorSet<int> inAmerica = DottedVersionVectorSet<int>.Empty.Merge(inEurope);
        Show("connected");

        // Cut off from each other, each counts what reaches it: every other request.
        inEurope = Counted(inEurope, europe, (views - common) / 2);
        inAmerica = Counted(inAmerica, america, views - common - ((views - common) / 2));
        Show("partitioned");

        // Healed: each takes what the other has, and both find the same two siblings. Keeping the later one would lose the other's views.
        inEurope = inAmerica = inEurope.Merge(inAmerica);
        int[] siblings = [.. inEurope.Values];
        Show("healed");

        inEurope = inEurope.Resolve(values => common + values.Sum(value => value - common), europe.Actor);
        inAmerica = inAmerica.Merge(inEurope);
        Show("reconciled");
        AnsiConsole.Write(table);
        int merged = inAmerica.Values.Single();
        if (siblings.Length != 2 || merged != views || !inAmerica.Equals(inEurope))
        {
            throw new InvalidDataException("The reconciled value does not follow from both siblings.");
        }

        Console.WriteLine($"Siblings {siblings[0]:N0} and {siblings[1]:N0} became {merged:N0}, on both replicas; the last writer alone would have lost {views - siblings.Max():N0} views.");
        Stamp();

        void Show(string step) => table.AddRow(step, Text(inEurope), Text(inAmerica), $"{inEurope.Context.Compare(inAmerica.Context)}");
    }

    // Each view is a write over what was read just before.
    private static DottedVersionVectorSet<int> Counted(DottedVersionVectorSet<int> set, ActorLease replica, int views)
    {
        for (int i = 0; i < views; i++)
        {
            set = set.Put(set.Context, set.Values.SingleOrDefault() + 1, replica.Actor);
        }

        return set;
    }

    // A machine whose clock is behind answers one whose clock is ahead: its stamp is the greater all the same.
    private static void Stamp()
    {
        var ahead = new HybridLogicalClock();
        var behind = new HybridLogicalClock(new HybridClockOptions { TimeProvider = new ClockBehind(TimeSpan.FromMilliseconds(300)) });
        HybridTimestamp question = ahead.Now();
        HybridTimestamp answer = behind.Receive(question);
        Console.WriteLine($"Asked at {question}, answered by a machine 300 ms behind at {answer}: {(answer > question ? "after" : "before")}.");
    }

    private static string Text(DottedVersionVectorSet<int> set) => Markup.Escape($"{string.Join(" | ", set.Values.Select(value => $"{value:N0}"))} {set.Context}");

    private sealed class ClockBehind(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => TimeProvider.System.GetUtcNow() - by;
    }
}
