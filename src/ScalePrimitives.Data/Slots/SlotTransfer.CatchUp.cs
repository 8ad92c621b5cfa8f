using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// Copies again what was written while rows were copied, and compares both copies.
internal sealed partial class SlotTransfer
{
    private const int MaxPasses = 50; // writers that are faster than the mover: it tries to freeze, and tries again later
    private const int FewKeys = 64; // so few that the last of them are copied in a moment
    private const int KeysAtOnce = 500;

    public async ValueTask<SlotMigrationState> CatchUpAsync()
    {
        await CatchUpAsync(await ShapesAsync(_source).ConfigureAwait(false), null).ConfigureAwait(false);
        return SlotMigrationState.Verifying;
    }

    public async ValueTask<SlotMigrationState> VerifyAsync(UnverifiedKeys unverified)
    {
        TableShape[] shapes = await ShapesAsync(_source).ConfigureAwait(false);
        foreach (TableShape shape in shapes)
        {
            foreach (int slot in migration.Move.Slots)
            {
                await VerifySlotAsync(shape, slot).ConfigureAwait(false);
            }
        }

        await CatchUpAsync(shapes, unverified).ConfigureAwait(false);
        return SlotMigrationState.Frozen;
    }

    private async ValueTask CatchUpAsync(TableShape[] shapes, UnverifiedKeys? unverified)
    {
        int keys = int.MaxValue;
        for (int pass = 0; pass < MaxPasses && keys > FewKeys; pass++)
        {
            keys = await ConsumeAsync(shapes, unverified).ConfigureAwait(false);
        }
    }

    // One pass over what is noted as it begins, about: writers that go on adding do not keep it from its end.
    private async ValueTask<int> ConsumeAsync(TableShape[] shapes, UnverifiedKeys? unverified, Func<bool>? isOver = null)
    {
        int consumed = 0;
        foreach (TableShape shape in shapes)
        {
            List<(long Id, object?[] Key)> entries = [];
            do
            {
                entries = await engine.ReadLogAsync(_source, shape, migration.Move.Slots, entries.Count == 0 ? 0 : entries[^1].Id, KeysAtOnce).ConfigureAwait(false);
                consumed += entries.Count;
                await ConsumeAsync(shape, entries, unverified).ConfigureAwait(false);
            }
            while (entries.Count == KeysAtOnce && isOver?.Invoke() != true);
        }

        return consumed;
    }

    // The rows are read after the notes: they are what the notes tell, or newer. A note is deleted by its number, once what it told is at the target: a later number may be committed before an earlier one,
    // so there is no number up to which all are done.
    private async ValueTask ConsumeAsync(TableShape shape, List<(long Id, object?[] Key)> entries, UnverifiedKeys? unverified)
    {
        if (entries.Count == 0)
        {
            return;
        }

        object?[][] keys = [.. entries.Select(entry => entry.Key).DistinctBy(UnverifiedKeys.Text, StringComparer.Ordinal)];
        unverified?.Add(shape, keys);
        (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
        List<object?[]> rows = await engine.ReadAsync(_source, shape, shape.Columns, condition, parameters).ConfigureAwait(false);

        // A row that takes over another's old value of a further unique key is noted after the other gave it up, so that the other's turn comes in this batch at the latest.
        await ChangeAsync(_target, async within =>
        {
            await within.ExecuteAsync($"DELETE FROM {engine.Quote(shape.Table.Name)} WHERE {condition}", parameters).ConfigureAwait(false);
            if (rows.Count > 0)
            {
                await engine.AddAsync(within, shape, rows).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        await ChangeAsync(_source, async within =>
            await within.ExecuteAsync($"DELETE FROM {engine.Quote(shape.Log)} WHERE change_id IN ({string.Join(',', entries.Select(entry => entry.Id))})").ConfigureAwait(false)).ConfigureAwait(false);
        _dirtyKeys += entries.Count;
        Report();
    }

    private async ValueTask VerifySlotAsync(TableShape shape, int slot)
    {
        for (object?[]? after = null, upTo = null; ; after = upTo)
        {
            List<object?[]> bound = shape.KeyLength > 1 ? await ReadAfterAsync(_source, shape, shape.Key, slot, after, limit: 1, offset: options.BatchRows - 1).ConfigureAwait(false) : [];
            upTo = bound.Count == 0 ? null : bound[0];
            (string condition, (string Name, object? Value)[] parameters) = Chunk(shape, slot, after, upTo);
            (long Count, string Sum) here = await engine.SumAsync(_source, shape, condition, parameters).ConfigureAwait(false);
            (long Count, string Sum) there = await engine.SumAsync(_target, shape, condition, parameters).ConfigureAwait(false);
            if (here != there)
            {
                await ExcuseAsync(shape, condition, parameters).ConfigureAwait(false);
            }

            _rows += here.Count;
            Report();
            if (upTo is null)
            {
                return;
            }
        }
    }

    // Rows that differ were written since: they are noted, and nobody but this mover takes notes away.
    private async ValueTask ExcuseAsync(TableShape shape, string condition, (string Name, object? Value)[] parameters)
    {
        Dictionary<string, string> there = await HashesAsync(_target, shape, condition, parameters).ConfigureAwait(false);
        Dictionary<string, string> here = await HashesAsync(_source, shape, condition, parameters).ConfigureAwait(false);
        HashSet<string> dirty = [];
        long last = 0;
        while (await engine.ReadLogAsync(_source, shape, migration.Move.Slots, last, 10_000).ConfigureAwait(false) is { Count: > 0 } entries)
        {
            last = entries[^1].Id;
            dirty.UnionWith(entries.Select(entry => UnverifiedKeys.Text(entry.Key)));
        }

        if (here.Keys.Union(there.Keys).FirstOrDefault(key => here.GetValueOrDefault(key) != there.GetValueOrDefault(key) && !dirty.Contains(key)) is { } differing)
        {
            throw Differs(shape, differing);
        }
    }

    private async ValueTask<Dictionary<string, string>> HashesAsync(SqlSession side, TableShape shape, string condition, (string Name, object? Value)[] parameters) =>
        (await engine.HashesAsync(side, shape, condition, parameters).ConfigureAwait(false)).ToDictionary(each => UnverifiedKeys.Text(each.Key), each => each.Hash, StringComparer.Ordinal);

    private InvalidOperationException Differs(TableShape shape, string key) =>
        new($"The copy of {shape.Table.Name} on '{migration.Move.To}' differs from the original by the key ({key.Replace('\u001F', ',')}). Cancel migration {migration.Id}, and find out who writes there or what a trigger changes.");
}
