using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

// The binary form: a version byte, then numbers as LEB128 and text as its length in bytes and UTF-8.
//
//   1, id, strategy id (empty for none), version, slots, shards, each shard's id, then runs until the slots are used up: slots, shard, epoch, state (0 stable, 1 moving)
//   2, the same with entries after the shards' ids: how many, at least one, and of each the key, slot, 1 when it is open or 0
public sealed partial class ShardMap
{
    private const byte FormatWithoutEntries = 1;
    private const byte FormatWithEntries = 2;

    /// <summary>Writes the binary form: compact (some bytes for each run of slots that lie together), canonical and the same on every machine.</summary>
    /// <returns>The bytes.</returns>
    public byte[] ToBytes()
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(writer, _entries.Length == 0 ? FormatWithoutEntries : FormatWithEntries);
        Write(writer, Id);
        Write(writer, StrategyId ?? "");
        Write(writer, (ulong)Version);
        Write(writer, (ulong)SlotCount);
        Write(writer, (ulong)_shardIds.Length);
        Array.ForEach(_shardIds, id => Write(writer, id));
        if (_entries.Length > 0)
        {
            Write(writer, (ulong)_entries.Length);
            foreach ((string key, int slot, bool isOpen) in _entries)
            {
                Write(writer, key);
                Write(writer, (ulong)slot);
                Write(writer, isOpen ? 1UL : 0UL);
            }
        }

        foreach (Run run in GetRuns())
        {
            Write(writer, (ulong)run.Count);
            Write(writer, (ulong)run.Owner);
            Write(writer, (ulong)run.Epoch);
            Write(writer, (ulong)run.State);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the binary form. Strict: only what <see cref="ToBytes"/> writes is read. Never throws; allocates in proportion to the bytes and to the slots that they claim, at most <see cref="MaxSlotCount"/>.</summary>
    /// <param name="bytes">The bytes, with nothing after them.</param>
    /// <param name="map">The map read.</param>
    /// <returns><see langword="false"/> when the bytes are no map.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ShardMap? map)
    {
        map = null;
        bool read = TryTake(ref bytes, FormatWithEntries, out ulong format) & TryTake(ref bytes, out string? id) & TryTake(ref bytes, out string? strategyId)
            & TryTake(ref bytes, MaxVersion, out ulong version) & TryTake(ref bytes, MaxSlotCount, out ulong slotCount) & TryTake(ref bytes, MaxSlotCount, out ulong shardCount);
        if (!read || format < FormatWithoutEntries || shardCount > (ulong)bytes.Length) // each id takes a byte at least
        {
            return false;
        }

        string[] shardIds = new string[shardCount];
        foreach (ref string shardId in shardIds.AsSpan())
        {
            if (!TryTake(ref bytes, out string? next))
            {
                return false;
            }

            shardId = next;
        }

        ShardMapEntry[]? entries = format == FormatWithEntries ? TakeEntries(ref bytes) : [];
        if (entries is null)
        {
            return false;
        }

        var runs = new List<Run>();
        while (!bytes.IsEmpty)
        {
            if (!(TryTake(ref bytes, MaxSlotCount, out ulong count) & TryTake(ref bytes, MaxSlotCount, out ulong owner) & TryTake(ref bytes, MaxVersion, out ulong epoch) & TryTake(ref bytes, (ulong)SlotState.Moving, out ulong state)))
            {
                return false;
            }

            runs.Add(new Run((int)count, (int)owner, (long)epoch, (SlotState)state));
        }

        map = FromParts(id!, strategyId is "" ? null : strategyId, (long)version, (int)slotCount, shardIds, entries, runs);
        return map is not null;
    }

    // Null when they are none, or are the empty list, which the other format stands for.
    private static ShardMapEntry[]? TakeEntries(ref ReadOnlySpan<byte> bytes)
    {
        if (!TryTake(ref bytes, MaxEntryCount, out ulong count) || count == 0 || count > (ulong)bytes.Length) // each takes three bytes at least
        {
            return null;
        }

        var entries = new ShardMapEntry[count];
        foreach (ref ShardMapEntry entry in entries.AsSpan())
        {
            if (!TryTake(ref bytes, out string? key) || !TryTake(ref bytes, MaxSlotCount, out ulong slot) || !TryTake(ref bytes, 1, out ulong isOpen))
            {
                return null;
            }

            entry = new ShardMapEntry(key, (int)slot, isOpen == 1);
        }

        return entries;
    }

    private static void Write(ArrayBufferWriter<byte> writer, ulong value) => writer.Advance(Varint.Write(writer.GetSpan(Varint.MaxLength), value));

    private static void Write(ArrayBufferWriter<byte> writer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Write(writer, (ulong)utf8.Length);
        writer.Write(utf8);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, ulong maximum, out ulong value)
    {
        bool taken = Varint.TryRead(bytes, out value, out int length) && value <= maximum;
        bytes = taken ? bytes[length..] : bytes;
        return taken;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryTake(ref bytes, ShardName.MaxLength, out ulong length) || length > (ulong)bytes.Length || !System.Text.Unicode.Utf8.IsValid(bytes[..(int)length]))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes[..(int)length]);
        bytes = bytes[(int)length..];
        return true;
    }
}
