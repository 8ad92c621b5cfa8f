using System.Globalization;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data;

// Copies again what was written while rows were copied.
internal sealed partial class SlotTransfer
{
    private const int MaxPasses = 50; // a pass leaves what was noted while its last batch was copied
    private const int FewKeys = 64; // so few that the last of them are copied in a moment
    private const int KeysAtOnce = 500;

    public async ValueTask<SlotMigrationState> CatchUpAsync(Handover? handover)
    {
        await CatchUpAsync(await ShapesAsync(Source).ConfigureAwait(false), handover).ConfigureAwait(false);
        return SlotMigrationState.Verifying;
    }

    private async ValueTask CatchUpAsync(TableShape[] shapes, Handover? handover)
    {
        int before;
        int keys = int.MaxValue;
        int passes = 0;
        do
        {
            before = keys;
            keys = await ConsumeAsync(shapes, migration.Move.Slots, handover).ConfigureAwait(false);
            passes++;
        }
        while (passes < MaxPasses && keys > FewKeys && keys < before / 4 * 3); // else writers add as much in a pass as it copies
    }

    // One pass over what is noted as it begins, about: writers that go on adding do not keep it from its end.
    private async ValueTask<int> ConsumeAsync(TableShape[] shapes, IReadOnlyList<int> slots, Handover? handover, Func<bool>? isOver = null)
    {
        int consumed = 0;
        foreach (TableShape shape in shapes)
        {
            var sizer = new BatchSizer(engine.RowsAtOnce(shape, KeysAtOnce), MaxBytes);
            List<(long Id, object?[] Key)> entries = [];
            do
            {
                long after = entries.Count == 0 ? 0 : entries[^1].Id;
                entries = await Source.ReadAsync(session => engine.ReadLogAsync(session, shape, slots, after, KeysAtOnce)).ConfigureAwait(false);
                consumed += entries.Count;
                for (int begun = 0; begun < entries.Count;)
                {
                    begun += await ConsumeAsync(shape, entries[begun..], sizer, handover).ConfigureAwait(false);
                }
            }
            while (entries.Count == KeysAtOnce && isOver?.Invoke() != true);
        }

        SlotMoverInstruments.NotesLeft.Record(consumed, SlotMoverInstruments.Shard(Source.ShardId));
        return consumed;
    }

    // As many of the first notes as have rows that fit into a batch. The rows are read after the notes: they are what the notes tell, or newer. A note is deleted by its number, once what it told is at the
    // target: a later number may be committed before an earlier one, so there is no number up to which all are done.
    private async ValueTask<int> ConsumeAsync(TableShape shape, List<(long Id, object?[] Key)> entries, BatchSizer sizer, Handover? handover)
    {
        while (true)
        {
            List<(long Id, object?[] Key)> some = entries[..Math.Min(entries.Count, sizer.Rows)];
            object?[][] keys = [.. some.Select(entry => entry.Key).DistinctBy(UnverifiedKeys.Text, StringComparer.Ordinal)];
            (string condition, (string Name, object? Value)[] parameters) = engine.ByKeys(shape, keys);
            (List<object?[]> rows, long bytes, bool isCut) = await Source.ReadAsync(session => engine.ReadAsync(session, shape, shape.Columns, MaxBytes, condition, parameters)).ConfigureAwait(false);
            sizer.Add(rows.Count, bytes);
            if (isCut && keys.Length > 1)
            {
                sizer.Halve(some.Count);
                continue; // there may be more rows than were read
            }

            // A row that takes over another's old value of a further unique key is noted after the other gave it up, so that the other's turn comes in this batch at the latest.
            handover?.Unverified.Add(shape, keys);
            await ChangeAsync(Target, async within =>
            {
                await engine.DeleteRowsAsync(within, shape, keys).ConfigureAwait(false);
                if (rows.Count > 0)
                {
                    await AddAsync(within, shape, rows).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            await DeleteNotesAsync(shape, some.Select(entry => entry.Id)).ConfigureAwait(false);
            _dirtyKeys += some.Count;
            SlotMoverInstruments.Notes.Add(some.Count, SlotMoverInstruments.Shard(Source.ShardId));
            Report();
            return some.Count;
        }
    }

    private ValueTask DeleteNotesAsync(TableShape shape, IEnumerable<long> ids) => ChangeAsync(Source, async within =>
        await within.ExecuteAsync(engine.Delete(engine.Quote(shape.Table.Log), "change_id", ids.Select(id => id.ToString(CultureInfo.InvariantCulture)))).ConfigureAwait(false));
}
