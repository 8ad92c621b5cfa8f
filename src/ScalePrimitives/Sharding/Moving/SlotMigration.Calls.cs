using System.Collections.Immutable;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

// The calls of those that may hang, none of which is waited for without end. What one that was left behind does later
// harms nobody: a store takes no revision twice, and a mover is shut out by whoever resumes.
public sealed partial class SlotMigration
{
    // A mover may have millions of rows to copy. It is given up when it is silent for as long as no step of one that works takes.
    private static readonly TimeSpan MoverSilence = TimeSpan.FromHours(1);

    // When it is cancelled it may have slots to thaw, and connections to put back as they were.
    private static readonly TimeSpan MoverGrace = TimeSpan.FromMinutes(1);

    private const string Lost =
        "If a shard knows of it, its record was lost: make the map anew of what the shards tell, and let them free by it what the migration has claimed.";

    private Task<T> StoreAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken) =>
        Deadline.WithinAsync(call, Deadline.OfCaller, _timeProvider, cancellationToken);

    private Task<T> MoverAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken) =>
        Deadline.WithinAsync(call, MoverSilence, _timeProvider, cancellationToken, grace: MoverGrace);

    private Task<SlotMigrationState> AdvanceAsync(
        SlotMigrationRecord migration, IProgress<SlotMigrationProgress>? progress, CancellationToken cancellationToken) =>
        Deadline.WhileHeardAsync(
            (hear, token) => _mover.AdvanceAsync(migration, new Heard(progress, hear), token), MoverSilence, _timeProvider, MoverGrace, cancellationToken);

    private async ValueTask<ShardMap> MapAsync(CancellationToken cancellationToken) =>
        await StoreAsync(token => _maps.ReadAsync(cancellationToken: token), cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException("The store has no map.");

    private async Task<SlotMigrationRecord> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        await StoreAsync(token => _store.ReadAsync(id, token), cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"There is no migration {id}. {Lost}", nameof(id));

    private async Task<SlotMigrationRecord> WriteAsync(SlotMigrationRecord migration, SlotMigrationState state, CancellationToken cancellationToken)
    {
        SlotMigrationRecord next = migration with { State = state, Revision = migration.Revision + 1 };
        bool isWritten = await StoreAsync(token => _store.TryWriteAsync(next, token), cancellationToken).ConfigureAwait(false);
        return isWritten ? next : throw new SlotMigrationTakenOverException(migration.Id, migration.Attempt);
    }

    // Who has begun can be named, unless nobody knows of it any more.
    private async Task CheckFitsAsync(SlotMove move, ShardMap map, CancellationToken cancellationToken)
    {
        CheckFits(move, map);
        if (move.Slots.FirstOrDefault(slot => map.GetState(slot) == SlotState.Moving, -1) is >= 0 and int moving)
        {
            ImmutableArray<SlotMigrationRecord> unfinished = await StoreAsync(_store.ListUnfinishedAsync, cancellationToken).ConfigureAwait(false);
            SlotMigrationRecord? other = unfinished.FirstOrDefault(each => each.MapId == map.Id && each.Move.Slots.Contains(moving));
            string advice = other is null ? $"and the store has no migration that moves it. {Lost}" : $"by migration {other.Id}: resume or cancel that one first.";
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Slot {moving} is moving already, {advice}"));
        }
    }

    // What a mover tells is a sign of life, whether or not anybody asks for it.
    private sealed class Heard(IProgress<SlotMigrationProgress>? progress, Action hear) : IProgress<SlotMigrationProgress>
    {
        public void Report(SlotMigrationProgress value)
        {
            hear();
            progress?.Report(value);
        }
    }
}
