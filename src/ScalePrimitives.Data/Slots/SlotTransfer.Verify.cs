using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// Compares both copies, while writes go on.
internal sealed partial class SlotTransfer
{
    private const int MaxSuspects = 10_000;
    private const int SettlePasses = 4;
    private static readonly TimeSpan ConsumeEvery = TimeSpan.FromMilliseconds(250);

    private readonly List<(TableShape Shape, object?[] Key)> _suspects = [];
    private readonly List<(TableShape Shape, string Condition, (string Name, object? Value)[] Parameters)> _suspectChunks = [];

    public async ValueTask<SlotMigrationState> VerifyAsync(Handover handover)
    {
        await CompareAsync(handover).ConfigureAwait(false);
        return SlotMigrationState.Frozen;
    }

    // All of it once; after a freeze that could not be ended in time, only what was written since.
    private async ValueTask<TableShape[]> CompareAsync(Handover handover)
    {
        TableShape[] shapes = await ShapesAsync(Source).ConfigureAwait(false);
        int[] left = await LeftToMoveAsync().ConfigureAwait(false);
        if (!handover.IsCompared)
        {
            await CompareAllAsync(shapes, left, handover).ConfigureAwait(false);
            handover.IsCompared = true;
        }

        await CatchUpAsync(shapes, handover).ConfigureAwait(false);
        await SettleAsync(shapes, left, handover).ConfigureAwait(false);
        return shapes;
    }

    private async ValueTask CompareAllAsync(TableShape[] shapes, int[] left, Handover handover)
    {
        long consumed = options.TimeProvider.GetTimestamp();
        foreach (TableShape shape in shapes)
        {
            foreach (int slot in left)
            {
                for (object?[]? after = null; (after = await CompareChunkAsync(shape, slot, after).ConfigureAwait(false)) is not null;)
                {
                    // Notes that are consumed on the way keep the log short, and with it the number of rows that differ.
                    if (options.TimeProvider.GetElapsedTime(consumed) >= ConsumeEvery || _suspects.Count >= MaxSuspects)
                    {
                        await ExcuseAsync(shapes, handover).ConfigureAwait(false);
                        consumed = options.TimeProvider.GetTimestamp();
                    }
                }
            }
        }

        do
        {
            await ExcuseAsync(shapes, handover).ConfigureAwait(false);
        }
        while (_suspects.Count > 0);

        string slots = string.Join(',', left);
        foreach (TableShape shape in shapes)
        {
            if (await Target.ReadAsync(session => engine.FindOrphanAsync(session, shape, tables, slots)).ConfigureAwait(false) is { } orphan)
            {
                throw new InvalidOperationException($"On '{migration.Move.To}' rows of {shape.Table.Name} lead by the foreign key {orphan} to rows that are not there: copy those first, of a table that every shard has. Then resume migration {migration.Id}, or cancel it.");
            }

            await ChangeAsync(Target, within => engine.AdvanceSequencesAsync(within, shape, InSlots(engine, shape, slots), [])).ConfigureAwait(false);
        }
    }

    // Returns the last key of the chunk; null when it was the slot's last.
    private async ValueTask<object?[]?> CompareChunkAsync(TableShape shape, int slot, object?[]? after)
    {
        (object?[]? upTo, (string Condition, (string Name, object? Value)[] Parameters) chunk, (long Count, string Sum) here) = await Source.ReadAsync(async session =>
        {
            (string condition, (string Name, object? Value)[] parameters) = Chunk(shape, slot, after, null);
            List<object?[]> bound = shape.KeyLength == 1 ? [] : await engine.ReadAsync(session, shape, shape.Key, $"{condition}{Ordered(shape)} LIMIT 1 OFFSET {options.BatchRows - 1}", parameters).ConfigureAwait(false);
            object?[]? last = bound.Count == 0 ? null : bound[0];
            var all = Chunk(shape, slot, after, last);
            return (last, all, await engine.SumAsync(session, shape, all.Condition, all.Parameters).ConfigureAwait(false));
        }).ConfigureAwait(false);
        if (here != await Target.ReadAsync(session => engine.SumAsync(session, shape, chunk.Condition, chunk.Parameters)).ConfigureAwait(false))
        {
            _suspectChunks.Add((shape, chunk.Condition, chunk.Parameters));
        }

        _rows += here.Count;
        SlotMoverInstruments.Rows.Add(here.Count, SlotMoverInstruments.State(migration.State));
        Report();
        return upTo;
    }

    // Rows that differed were written since, and are noted: nobody but this mover takes notes away, and it knows which it took.
    private async ValueTask ExcuseAsync(TableShape[] shapes, Handover handover)
    {
        await ConsumeAsync(shapes, migration.Move.Slots, handover).ConfigureAwait(false);
        foreach ((TableShape shape, object?[] key) in _suspects)
        {
            if (!handover.Unverified.Contains(shape, key))
            {
                throw Differs(shape, key);
            }
        }

        _suspects.Clear();

        // Most chunks differed by what has just been copied. Of the others the rows are compared, which costs ten times as much.
        foreach ((TableShape shape, string condition, (string Name, object? Value)[] parameters) in _suspectChunks)
        {
            if (await Source.ReadAsync(session => engine.SumAsync(session, shape, condition, parameters)).ConfigureAwait(false) != await Target.ReadAsync(session => engine.SumAsync(session, shape, condition, parameters)).ConfigureAwait(false))
            {
                _suspects.AddRange((await DifferingAsync(shape, condition, parameters).ConfigureAwait(false)).Select(key => (shape, key)));
            }
        }

        _suspectChunks.Clear();
    }

    // Keys that are the same by now need not be compared while writes are refused. What changes a row of them after it was read here is noted, and they are back.
    private async ValueTask SettleAsync(TableShape[] shapes, int[] left, Handover handover)
    {
        for (int pass = 0; pass < SettlePasses && shapes.Any(shape => handover.Unverified.Of(shape, left).Skip(KeysAtOnce).Any()); pass++)
        {
            foreach (TableShape shape in shapes)
            {
                foreach (object?[][] keys in handover.Unverified.Of(shape, left).ToArray().Chunk(engine.RowsAtOnce(shape, KeysAtOnce)))
                {
                    (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
                    HashSet<string> differing = [.. (await DifferingAsync(shape, condition, parameters).ConfigureAwait(false)).Select(UnverifiedKeys.Text)];
                    await ChangeAsync(Target, within => engine.AdvanceSequencesAsync(within, shape, condition, parameters)).ConfigureAwait(false);
                    handover.Unverified.Remove(shape, keys.Where(key => !differing.Contains(UnverifiedKeys.Text(key))));
                }
            }

            await CatchUpAsync(shapes, handover).ConfigureAwait(false);
        }
    }

    // Called while the slots are frozen.
    private async ValueTask CompareLastAsync(TableShape[] shapes, int[] slots, Handover handover)
    {
        foreach (TableShape shape in shapes)
        {
            foreach (object?[][] keys in handover.Unverified.Of(shape, slots).Chunk(engine.RowsAtOnce(shape, KeysAtOnce)))
            {
                (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
                if (await Source.ReadAsync(session => engine.SumAsync(session, shape, condition, parameters)).ConfigureAwait(false) != await Target.ReadAsync(session => engine.SumAsync(session, shape, condition, parameters)).ConfigureAwait(false))
                {
                    throw Differs(shape, keys[0], isOneOf: true);
                }

                await ChangeAsync(Target, within => engine.AdvanceSequencesAsync(within, shape, condition, parameters)).ConfigureAwait(false);
            }
        }
    }

    // The target is read first: what the source has changed since is noted.
    private async ValueTask<IEnumerable<object?[]>> DifferingAsync(TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        List<(object?[] Key, string Hash)> theirs = await Target.ReadAsync(HashesAsync).ConfigureAwait(false);
        List<(object?[] Key, string Hash)> ours = await Source.ReadAsync(HashesAsync).ConfigureAwait(false);
        return Differing(ours, theirs);

        ValueTask<List<(object?[] Key, string Hash)>> HashesAsync(SqlSession session) => engine.HashesAsync(session, shape, condition, parameters);
    }

    private static IEnumerable<object?[]> Differing(List<(object?[] Key, string Hash)> ours, List<(object?[] Key, string Hash)> theirs)
    {
        Dictionary<string, (object?[] Key, string Hash)> there = theirs.ToDictionary(each => UnverifiedKeys.Text(each.Key), StringComparer.Ordinal);
        foreach ((object?[] key, string hash) in ours)
        {
            if (!there.Remove(UnverifiedKeys.Text(key), out (object?[] Key, string Hash) other) || other.Hash != hash)
            {
                yield return key;
            }
        }

        foreach ((object?[] key, _) in there.Values)
        {
            yield return key;
        }
    }

    private InvalidOperationException Differs(TableShape shape, object?[] key, bool isOneOf = false) =>
        new($"The copy of {shape.Table.Name} on '{migration.Move.To}' differs from the original by the key ({UnverifiedKeys.Text(key).Replace('\u001F', ',')}){(isOneOf ? " or one written with it" : "")}. Cancel migration {migration.Id}, and find out who writes there or what a trigger changes.");
}
