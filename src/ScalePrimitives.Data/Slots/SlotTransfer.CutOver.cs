using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// The moment in which slots change hands. All at once, if all can be drained in time; otherwise some at a time, so that slots whose writers take long do not keep the others.
internal sealed partial class SlotTransfer
{
    public async ValueTask<SlotMigrationState> CutOverAsync(Handover handover)
    {
        TableShape[] shapes = await CompareAsync(handover).ConfigureAwait(false); // what was written since, if all was compared before
        int[] left = await LeftToMoveAsync().ConfigureAwait(false);
        int[] group = left[..Math.Min(left.Length, handover.GroupSize)];
        if (group.Length == 0 || await TryHandOverAsync(shapes, group, handover).ConfigureAwait(false))
        {
            return group.Length == left.Length ? SlotMigrationState.Moved : SlotMigrationState.HandingOver; // and the map tells of these, before the next
        }

        handover.GroupSize = Math.Max(1, group.Length / 2);
        return left.Length < SlotCount ? SlotMigrationState.HandingOver : SlotMigrationState.CatchingUp;
    }

    private async ValueTask<bool> TryHandOverAsync(TableShape[] shapes, int[] group, Handover handover)
    {
        string slots = string.Join(',', group);
        if (!await TryFreezeAsync(group, slots, handover.IsFreezingAgain).ConfigureAwait(false))
        {
            handover.IsFreezingAgain = true;
            return false; // a writer holds a slot for too long
        }

        long began = options.TimeProvider.GetTimestamp();
        bool IsOver() => options.TimeProvider.GetElapsedTime(began) >= options.FreezeLimit;
        bool moved = false;
        try
        {
            if (!await TryDrainAsync(group, () => IsOver() || options.TimeProvider.GetElapsedTime(began) >= options.LockTimeout).ConfigureAwait(false))
            {
                return false; // likewise
            }

            while (!IsOver() && await ConsumeAsync(shapes, group, handover, IsOver).ConfigureAwait(false) > 0)
            {
            }

            if (IsOver())
            {
                return false;
            }

            await CompareLastAsync(shapes, group, handover).ConfigureAwait(false);
            if (!await TrySetAllAsync(Target, group, FenceState.Ready, FenceState.Importing).ConfigureAwait(false))
            {
                throw NotItsOwn(Target);
            }

            moved = await TryGiveAwayAsync(group, slots).ConfigureAwait(false);
            if (!moved)
            {
                // Until the next attempt the target accepts nothing. When it is not known whether they were given away, it stays ready.
                await ChangeAsync(Target, within => SetStateAsync(within, slots, FenceState.Importing, FenceState.Ready)).ConfigureAwait(false);
            }

            return moved;
        }
        finally
        {
            SlotMoverInstruments.Freeze.Record(options.TimeProvider.GetElapsedTime(began).TotalSeconds, SlotMoverInstruments.HasMoved(moved));
            if (!moved)
            {
                await TryThawAsync(slots).ConfigureAwait(false);
            }
        }
    }

    // Where writers are held out by locks, to have the fences alone is to have let every writer out. Elsewhere those that come are refused from here on, and those within are waited for next.
    private ValueTask<bool> TryFreezeAsync(int[] group, string slots, bool isAgain) => TryChangeFencesAsync(Source, group, isAgain, async within => await within.ExecuteAsync(
        $"{engine.Update(fences)} SET state = {(int)FenceState.Frozen}, until_us = {engine.Now} + @limit WHERE slot IN ({slots}) AND move_id = @move AND state = {(int)FenceState.Copying}",
        _move,
        ("@limit", (long)options.FreezeLimit.TotalMicroseconds)).ConfigureAwait(false));

    private Task<bool> TrySetAllAsync(SlotSide side, int[] group, FenceState state, FenceState from) => TryChangeAsync(
        side,
        async within =>
        {
            await SetStateAsync(within, string.Join(',', group), state, from).ConfigureAwait(false);
            return await AreAllAsync(within, group, state).ConfigureAwait(false);
        },
        side.CancellationToken);

    // The one change that decides. A writer that found the freeze over has changed the same rows, and then there is nothing to give away.
    private Task<bool> TryGiveAwayAsync(int[] group, string slots) => TryChangeAsync(
        Source,
        async within =>
        {
            await within.ExecuteAsync(
                $"{engine.Update(fences)} SET state = {(int)FenceState.Moved}, epoch = @epoch, peer = @peer WHERE slot IN ({slots}) AND move_id = @move AND state = {(int)FenceState.Frozen}",
                _move,
                ("@epoch", migration.Epoch),
                ("@peer", migration.Move.To)).ConfigureAwait(false);
            return await AreAllAsync(within, group, FenceState.Moved).ConfigureAwait(false);
        },
        Source.CancellationToken);

    // At once, not at the deadline. When it fails the deadline comes.
    private async ValueTask TryThawAsync(string slots)
    {
        try
        {
            await TryChangeAsync(
                Source,
                async within =>
                {
                    await SetStateAsync(within, slots, FenceState.Copying, FenceState.Frozen).ConfigureAwait(false);
                    return true;
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (SlotSide.IsFailure(exception) || exception is SlotMigrationTakenOverException)
        {
            // What ended the step is what the caller is to see.
        }
    }
}
