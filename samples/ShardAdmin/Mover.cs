using System.Collections.Immutable;
using System.Data.Common;
using System.Net.Sockets;
using ScalePrimitives.Data;
using ScalePrimitives.Sharding;

namespace ShardAdmin;

/// <summary>Moves slots, goes on with moves that were stopped, undoes them, and takes away what they leave.</summary>
internal static class Mover
{
    /// <summary>Goes on with what is unfinished, then moves what is chosen, if nothing is in the way of any of it.</summary>
    public static async Task<int> MoveAsync(DirectoryInfo folder, MoveChoice choice, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        choice.Check(cluster.Router.Map);
        await ResumeAllAsync(cluster, settings, yes, withoutTargets: true, cancellationToken);
        ImmutableArray<SlotMove> moves = await choice.FindAsync(cluster, cancellationToken);
        if (moves.IsEmpty)
        {
            return 0;
        }

        SlotMigration migration = cluster.Migration(settings);
        SlotMoveReport report = await migration.CheckAsync(moves, cancellationToken);
        Report.WriteCheck(report);
        if (!report.IsClean)
        {
            return 1;
        }

        string what = moves is [var only] ? Text.Describe(only) : Text.Count(moves.Sum(move => move.Slots.Length), "slot");
        await Question.AskAsync($"Move {what}?", yes, cancellationToken);
        foreach (SlotMove move in moves)
        {
            long rows = await ShowAsync($"{move.From} -> {move.To}", progress => migration.RunAsync(move, progress, cancellationToken));
            Console.WriteLine($"Moved {Text.Describe(move)}: {Text.Count(rows, "row")}.");
        }

        return 0;
    }

    public static async Task<int> ResumeAsync(DirectoryInfo folder, Guid? id, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        if (id is { } one)
        {
            await ResumeAsync(cluster, await FindAsync(cluster, one, cancellationToken), settings, yes, cancellationToken);
        }
        else if (!await ResumeAllAsync(cluster, settings, yes, withoutTargets: false, cancellationToken))
        {
            Console.WriteLine("No migration is unfinished.");
        }

        return 0;
    }

    public static async Task<int> CancelAsync(DirectoryInfo folder, Guid id, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        SlotMigrationRecord migration = await FindAsync(cluster, id, cancellationToken);
        await Question.AskAsync($"Undo the migration of {Text.Describe(migration.Move)}, which is {migration.State}? Whoever works on it is shut out.", yes, cancellationToken);
        await ShowAsync($"{migration.Move.From} -> {migration.Move.To}", progress => cluster.Migration(settings).CancelAsync(id, progress, cancellationToken));
        Console.WriteLine($"Cancelled: {Text.Count(migration.Move.Slots.Length, "slot")} stay on {migration.Move.From}.");
        return 0;
    }

    /// <summary>Takes away what moves leave on shards.</summary>
    public static async Task<int> UninstallAsync(DirectoryInfo folder, string[] shards, bool yes, CancellationToken cancellationToken)
    {
        await using Cluster cluster = await Cluster.OpenAsync(folder, cancellationToken);
        IReadOnlyList<string> known = cluster.Router.Map.ShardIds;
        if (shards.FirstOrDefault(id => !known.Contains(id)) is { } unknown)
        {
            throw new FormatException($"There is no shard '{unknown}'; there are {string.Join(", ", known)}.");
        }

        string[] chosen = [.. shards.Length > 0 ? shards.Distinct(StringComparer.Ordinal) : known];
        string what = $"Take the triggers and logs of moves away on {string.Join(", ", chosen)}?";
        await Question.AskAsync($"{what} The next move installs them again; until then a writer that does not ask the fence is not refused.", yes, cancellationToken);
        SqlSlotMover mover = cluster.Mover(MoveSettings.Default);
        foreach (string id in chosen)
        {
            await mover.UninstallAsync(id, cancellationToken);
            Console.WriteLine($"Took them away on {id}.");
        }

        return 0;
    }

    // The slots of a migration that is being undone are free, though its target may be lost.
    private static async Task<bool> ResumeAllAsync(Cluster cluster, MoveSettings settings, bool yes, bool withoutTargets, CancellationToken cancellationToken)
    {
        ImmutableArray<SlotMigrationRecord> unfinished = await cluster.Catalogue.Migrations.ListUnfinishedAsync(cancellationToken);
        foreach (SlotMigrationRecord migration in unfinished)
        {
            try
            {
                await ResumeAsync(cluster, migration, settings, yes, cancellationToken);
            }
            catch (Exception failed) when (withoutTargets && migration.State == SlotMigrationState.Cancelling && IsOutOfReach(failed))
            {
                string slots = Text.Count(migration.Move.Slots.Length, "slot");
                Console.WriteLine($"Left for later, what {migration.Move.To} may have of {slots} that stay on {migration.Move.From}: {failed.Message}");
            }
        }

        if (!unfinished.IsEmpty && await cluster.Catalogue.Maps.ReadAsync(cluster.Router.Map.Version, cancellationToken) is { } newer)
        {
            cluster.Router.TryUpdate(newer);
        }

        return !unfinished.IsEmpty;
    }

    private static bool IsOutOfReach(Exception failed) =>
        failed is DbException or IOException or SocketException || (failed.InnerException is { } cause && IsOutOfReach(cause));

    private static async Task ResumeAsync(Cluster cluster, SlotMigrationRecord migration, MoveSettings settings, bool yes, CancellationToken cancellationToken)
    {
        await Question.AskAsync($"Go on with the migration of {Text.Describe(migration.Move)}, which is {migration.State}? Whoever works on it is shut out.", yes, cancellationToken);
        SlotMigrationRecord? done = null;
        await ShowAsync($"{migration.Move.From} -> {migration.Move.To}", async progress => done = await cluster.Migration(settings).ResumeAsync(migration.Id, progress, cancellationToken));
        Console.WriteLine($"Resumed and {(done!.State == SlotMigrationState.Cancelled ? "cancelled" : "finished")}: {Text.Describe(migration.Move)}.");
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
}
