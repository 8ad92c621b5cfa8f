using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

// The binary form: a version byte, then numbers as LEB128 and text as its length in bytes and UTF-8.
//
//   1, id, strategy id (empty for none), version, slots, shards, each shard's id, then runs until the slots are used up: slots, shard, epoch, state (0 stable, 1 moving)
public sealed partial class ShardMap
{
    private const byte Format = 1;

    /// <summary>Writes the binary form: compact (some bytes for each run of slots that lie together), canonical and the same on every machine.</summary>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentException">An id is longer than 1,024 bytes of UTF-8, or no valid text (half a surrogate pair).</exception>
    public byte[] ToBytes()
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(writer, Format);
        Write(writer, Id);
        Write(writer, StrategyId ?? "");
        Write(writer, (ulong)Version);
        Write(writer, (ulong)SlotCount);
        Write(writer, (ulong)_shardIds.Length);
        Array.ForEach(_shardIds, id => Write(writer, id));
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
        bool read = TryTake(ref bytes, Format, out ulong format) & TryTake(ref bytes, out string? id) & TryTake(ref bytes, out string? strategyId)
            & TryTake(ref bytes, long.MaxValue, out ulong version) & TryTake(ref bytes, MaxSlotCount, out ulong slotCount) & TryTake(ref bytes, MaxSlotCount, out ulong shardCount);
        if (!read || format != Format || shardCount > (ulong)bytes.Length) // each id takes a byte at least
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

        var runs = new List<Run>();
        while (!bytes.IsEmpty)
        {
            if (!(TryTake(ref bytes, MaxSlotCount, out ulong count) & TryTake(ref bytes, MaxSlotCount, out ulong owner) & TryTake(ref bytes, long.MaxValue, out ulong epoch) & TryTake(ref bytes, (ulong)SlotState.Moving, out ulong state)))
            {
                return false;
            }

            runs.Add(new Run((int)count, (int)owner, (long)epoch, (SlotState)state));
        }

        map = FromParts(id!, strategyId is "" ? null : strategyId, (long)version, (int)slotCount, shardIds, runs);
        return map is not null;
    }

    private static void Write(ArrayBufferWriter<byte> writer, ulong value) => writer.Advance(Varint.Write(writer.GetSpan(Varint.MaxLength), value));

    private static void Write(ArrayBufferWriter<byte> writer, string text)
    {
        byte[] utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(text); // another id would stand for it else
        if (utf8.Length > MaxIdLength)
        {
            throw new ArgumentException($"An id of {utf8.Length} bytes cannot be written; the longest has {MaxIdLength}: '{text}'.", nameof(text));
        }

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
        if (!TryTake(ref bytes, MaxIdLength, out ulong length) || length > (ulong)bytes.Length || !System.Text.Unicode.Utf8.IsValid(bytes[..(int)length]))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes[..(int)length]);
        bytes = bytes[(int)length..];
        return true;
    }
}
