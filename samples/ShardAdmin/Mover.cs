using System.Collections.Immutable;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Moves slots, goes on with moves that were stopped, and undoes them.</summary>
internal static class Mover
{
    /// <summary>Goes on with what is unfinished, then moves what the plan says.</summary>
    public static async Task<int> MoveByPlanAsync(DirectoryInfo folder, PlanSettings plan, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        await ResumeAllAsync(cluster, settings, yes, cancellationToken);
        SlotLoads loads = await SlotLoads.MeasureAsync(cluster, cancellationToken);
        RebalancePlan planned = plan.Plan(cluster.Router.Map, loads);
        Report.WritePlan(cluster.Router.Map, loads, plan, planned);
        return await MoveAsync(cluster, planned.Moves, settings, yes, cancellationToken);
    }

    /// <summary>Goes on with what is unfinished, then moves the slots that are named.</summary>
    public static async Task<int> MoveSlotsAsync(DirectoryInfo folder, string slots, string to, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        int[] wanted = SlotList.Parse(slots, cluster.Router.Map.SlotCount);
        if (!cluster.Router.Map.ShardIds.Contains(to))
        {
            throw new FormatException($"--to: there is no shard '{to}'; there are {string.Join(", ", cluster.Router.Map.ShardIds)}.");
        }

        await ResumeAllAsync(cluster, settings, yes, cancellationToken);
        ShardMap map = cluster.Router.Map;
        ImmutableArray<SlotMove> moves = [.. wanted.GroupBy(map.GetShardId, StringComparer.Ordinal).Where(group => group.Key != to).Select(group => new SlotMove([.. group], group.Key, to))];
        if (moves.IsEmpty)
        {
            Console.WriteLine($"Nothing to move: '{to}' holds these slots already.");
        }

        foreach (SlotMove move in moves)
        {
            Console.WriteLine($"{Describe(move)}: {SlotList.Format(move.Slots)}");
        }

        return await MoveAsync(cluster, moves, settings, yes, cancellationToken);
    }

    public static async Task<int> ResumeAsync(DirectoryInfo folder, Guid? id, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        if (id is { } one)
        {
            await ResumeAsync(cluster, await FindAsync(cluster, one, cancellationToken), settings, yes, cancellationToken);
        }
        else if (!await ResumeAllAsync(cluster, settings, yes, cancellationToken))
        {
            Console.WriteLine("No migration is unfinished.");
        }

        return 0;
    }

    public static async Task<int> CancelAsync(DirectoryInfo folder, Guid id, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        SlotMigrationRecord migration = await FindAsync(cluster, id, cancellationToken);
        await Question.AskAsync($"Undo the migration of {Describe(migration.Move)}, which is {migration.State}? Whoever works on it is shut out.", yes, cancellationToken);
        await ShowAsync($"{migration.Move.From} -> {migration.Move.To}", progress => cluster.Migration(settings).CancelAsync(id, progress, cancellationToken));
        Console.WriteLine($"Cancelled: {Text.Count(migration.Move.Slots.Length, "slot")} stay on {migration.Move.From}.");
        return 0;
    }

    private static async Task<int> MoveAsync(Cluster cluster, ImmutableArray<SlotMove> moves, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        if (moves.IsEmpty)
        {
            return 0;
        }

        string what = moves is [var only] ? Describe(only) : Text.Count(moves.Sum(move => move.Slots.Length), "slot");
        await Question.AskAsync($"Move {what}?", yes, cancellationToken);
        SlotMigration migration = cluster.Migration(settings);
        foreach (SlotMove move in moves)
        {
            long rows = await ShowAsync($"{move.From} -> {move.To}", progress => migration.RunAsync(move, progress, cancellationToken));
            Console.WriteLine($"Moved {Describe(move)}: {Text.Count(rows, "row")}.");
        }

        return 0;
    }

    private static async Task<bool> ResumeAllAsync(Cluster cluster, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        ImmutableArray<SlotMigrationRecord> unfinished = await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken);
        foreach (SlotMigrationRecord migration in unfinished)
        {
            await ResumeAsync(cluster, migration, settings, yes, cancellationToken);
        }

        if (!unfinished.IsEmpty && await cluster.Catalogue.Maps.ReadAsync(cluster.Router.Map.Version, cancellationToken) is { } newer)
        {
            cluster.Router.TryUpdate(newer);
        }

        return !unfinished.IsEmpty;
    }

    private static async Task ResumeAsync(Cluster cluster, SlotMigrationRecord migration, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await Question.AskAsync($"Go on with the migration of {Describe(migration.Move)}, which is {migration.State}? Whoever works on it is shut out.", yes, cancellationToken);
        SlotMigrationRecord? done = null;
        await ShowAsync($"{migration.Move.From} -> {migration.Move.To}", async progress => done = await cluster.Migration(settings).ResumeAsync(migration.Id, progress, cancellationToken));
        Console.WriteLine($"Resumed and {(done!.State == SlotMigrationState.Cancelled ? "cancelled" : "finished")}: {Describe(migration.Move)}.");
    }

    private static async Task<SlotMigrationRecord> FindAsync(Cluster cluster, Guid id, CancellationToken cancellationToken) =>
        (await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken)).FirstOrDefault(migration => migration.Id == id) ?? throw new FormatException($"No migration {id} is unfinished: see status.");

    private static async Task<long> ShowAsync(string what, Func<IProgress<SlotMigrationProgress>, Task> work)
    {
        var silent = new MoveProgress(what, bar: null);
        if (Console.IsOutputRedirected)
        {
            await work(silent);
            return silent.Rows;
        }

        return await Work.Bar().StartAsync(async context =>
        {
            var shown = new MoveProgress(what, context.AddTask(what));
            await work(shown);
            return shown.Rows;
        });
    }

    private static string Describe(SlotMove move) => $"{Text.Count(move.Slots.Length, "slot")} from {move.From} to {move.To}";
}
