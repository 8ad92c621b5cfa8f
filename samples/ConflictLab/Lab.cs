using System.Collections.Immutable;
using ConflictLab.History;
using ConflictLab.Script;
using ConflictLab.Store;
using ScalePrimitives.Clocks;

namespace ConflictLab;

/// <summary>Carries out commands on a cluster, in the name of clients, and records what happens.</summary>
internal sealed class Lab(Cluster cluster)
{
    private readonly ClockText _text = new(cluster);
    private readonly Dictionary<(string Client, string Key), CausalContext> _contexts = [];
    private readonly List<Step> _steps = [];

    public Cluster Cluster => cluster;

    public IReadOnlyList<Step> Steps => _steps;

    public async Task<Step> RunAsync(Command command, string source)
    {
        Step step = command switch
        {
            Command.Get get => Get(get),
            Command.Put put => await PutAsync(put),
            Command.Delete delete => await DeleteAsync(delete),
            Command.Sync sync => await SyncAsync(sync),
            Command.Partition partition => Partition(partition),
            Command.Heal => Heal(),
            Command.Crash crash => await CrashAsync(crash),
            Command.Forget forget => Forget(forget),
            _ => throw new ArgumentException($"{command} is no command for a cluster that runs.", nameof(command)),
        };
        step = step with { Source = source, Sides = cluster.Sides };
        _steps.Add(step);
        return step;
    }

    private Step Get(Command.Get get)
    {
        Reading reading = cluster.Replicas[get.Replica].Get(get.Key);
        _contexts[(get.Client, get.Key)] = reading.Context;
        string values = reading.Values.IsEmpty ? "nothing" : string.Join(" | ", reading.Values.Select(ClockText.OfValue));
        string outcome = $"{get.Client} reads {values}, with the context {_text.Of(reading.Context)}";
        return new Step(StepKind.Read, outcome, [get.Key], [EventAt(get.Replica, $"{get.Client} reads {get.Key}", _text.OfSiblings(cluster.Replicas[get.Replica].Find(get.Key)), [get.Key])]);
    }

    private async Task<Step> PutAsync(Command.Put put)
    {
        CausalContext context = put.IsBlind ? CausalContext.Empty : ContextOf(put.Client, put.Key);
        ulong before = cluster.Replicas[put.Replica].Actor;
        Dot dot = await cluster.Replicas[put.Replica].PutAsync(put.Key, put.Value, context);
        string outcome = $"{put.Client} writes {_text.Of(dot)}, having read {_text.Of(context)}{RenewalSince(before, put.Replica)}";
        int siblings = cluster.Replicas[put.Replica].Find(put.Key).Values.Length;
        string detail = siblings > 1 ? $"{_text.Of(dot)}, {siblings} siblings" : _text.Of(dot);
        return new Step(StepKind.Put, outcome, [put.Key], [EventAt(put.Replica, $"{put.Key} = {ClockText.OfValue(put.Value)}", [detail], [put.Key])]);
    }

    private async Task<Step> DeleteAsync(Command.Delete delete)
    {
        CausalContext context = ContextOf(delete.Client, delete.Key);
        ulong before = cluster.Replicas[delete.Replica].Actor;
        await cluster.Replicas[delete.Replica].DeleteAsync(delete.Key, context);
        string outcome = $"{delete.Client} deletes what it has read: {_text.Of(context)}{RenewalSince(before, delete.Replica)}";
        return new Step(StepKind.Delete, outcome, [delete.Key], [EventAt(delete.Replica, $"{delete.Key} deleted", [$"of {_text.Of(context)}"], [delete.Key])]);
    }

    private async Task<Step> SyncAsync(Command.Sync sync)
    {
        (string left, string right) = (cluster.Replicas[sync.Left].Name, cluster.Replicas[sync.Right].Name);
        (ulong leftBefore, ulong rightBefore) = (cluster.Replicas[sync.Left].Actor, cluster.Replicas[sync.Right].Actor);
        if (await cluster.TryExchangeAsync(sync.Left, sync.Right) is not { } exchange)
        {
            return new Step(StepKind.RefusedSync, $"refused: {left} and {right} cannot reach each other ({Groups()})", [], [EventAt(sync.Left, "", [], []), EventAt(sync.Right, "", [], [])]);
        }

        string renewals = RenewalSince(leftBefore, sync.Left) + RenewalSince(rightBefore, sync.Right);
        string outcome = $"{left} learns {Listed(exchange.NewsToLeft)}, {right} learns {Listed(exchange.NewsToRight)}{renewals}";
        ImmutableArray<string> keys = [.. exchange.NewsToLeft.Union(exchange.NewsToRight, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new Step(StepKind.Sync, outcome, keys, [Learns(sync.Left, exchange.NewsToLeft, leftBefore), Learns(sync.Right, exchange.NewsToRight, rightBefore)]);
    }

    private Event Learns(int replica, List<string> news, ulong before)
    {
        if (news.Count == 0)
        {
            return EventAt(replica, "nothing new", [], cluster.Keys) with { IsConflict = false };
        }

        // There is room for one key; the rest are in what shows when the event is pointed at.
        DottedVersionVectorSet<string> first = cluster.Replicas[replica].Find(news[0]);
        string label = first.Values.Length switch
        {
            0 => $"{news[0]} deleted",
            1 => $"{news[0]}: {ClockText.OfValue(first.Values[0])}",
            int siblings => $"{news[0]}: {siblings} siblings",
        };
        ulong actor = cluster.Replicas[replica].Actor;
        return EventAt(
            replica,
            label,
            [
                .. actor == before ? ImmutableArray<string>.Empty : [$"now {_text.Of(actor)}"],
                .. first.Values.Length == 1 ? [_text.Of(first.Dots[0])] : _text.OfSiblings(first),
                .. news.Count == 1 ? ImmutableArray<string>.Empty : [$"and {news.Count - 1} more key{(news.Count > 2 ? "s" : "")}"],
            ],
            news);
    }

    private Step Partition(Command.Partition partition)
    {
        cluster.Partition(partition.Sides);
        return new Step(StepKind.Partition, $"apart: {Groups()}", [], []);
    }

    private Step Heal()
    {
        cluster.Heal();
        return new Step(StepKind.Heal, "all reach each other", [], []);
    }

    private async Task<Step> CrashAsync(Command.Crash crash)
    {
        ImmutableArray<string> keys = cluster.Keys;
        await cluster.CrashAsync(crash.Replica, crash.LosesDisk);
        string actor = _text.Of(cluster.Replicas[crash.Replica].Actor);
        string loss = crash.LosesDisk ? "has lost all it had" : "has all it had";
        string outcome = $"{cluster.Replicas[crash.Replica].Name} starts again as {actor}, and {loss}";
        return new Step(StepKind.Crash, outcome, keys, [EventAt(crash.Replica, crash.LosesDisk ? "crash, all lost" : "crash", [$"now {actor}"], keys)]);
    }

    private Step Forget(Command.Forget forget)
    {
        string name = cluster.Replicas[forget.Replica].Name;
        string outcome = cluster.Forget(forget.Replica, forget.Key) ? $"{name} has lost {forget.Key} and does not know" : $"{name} had no {forget.Key} to lose";
        return new Step(StepKind.Forget, outcome, [forget.Key], [EventAt(forget.Replica, $"{forget.Key} lost", ["unnoticed"], [forget.Key])]);
    }

    private Event EventAt(int replica, string label, ImmutableArray<string> details, IReadOnlyCollection<string> keys)
    {
        var sets = keys.Select(key => (Key: key, Set: cluster.Replicas[replica].Find(key))).ToList();
        string clock = string.Join('\n', sets.Select(pair => $"{pair.Key}: {_text.OfValues(pair.Set)}, seen {_text.Of(pair.Set.Context)}"));
        return new Event(replica, label, details, clock, sets.Exists(pair => pair.Set.Values.Length > 1));
    }

    private CausalContext ContextOf(string client, string key) => _contexts.GetValueOrDefault((client, key), CausalContext.Empty);

    private string RenewalSince(ulong before, int replica)
    {
        ulong actor = cluster.Replicas[replica].Actor;
        return actor == before ? "" : $"; {cluster.Replicas[replica].Name} finds that it has lost events and goes on as {_text.Of(actor)}";
    }

    private string Groups() => string.Join(" | ", cluster.Replicas.Zip(cluster.Sides).GroupBy(pair => pair.Second).OrderBy(group => group.Key)
        .Select(group => string.Join(' ', group.Select(pair => pair.First.Name))));

    private static string Listed(List<string> keys) => keys.Count == 0 ? "nothing" : string.Join(", ", keys);
}
