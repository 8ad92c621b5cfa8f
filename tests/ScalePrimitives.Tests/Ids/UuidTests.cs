using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class UuidTests
{
    private const int Threads = 4;
    private const int PerThread = 100_000;

    [Fact]
    public void Version_and_variant_read_as_the_vectors_say()
    {
        // Rows without a version test only the reading of text, which this library leaves to Guid.
        JsonElement[] rows = [.. IdVectors.Read("uuid-text.json").Where(row => row.TryGetProperty("version", out _))];
        Assert.Equal(26, rows.Length);
        foreach (JsonElement row in rows)
        {
            Guid uuid = Guid.ParseExact(row.Text("uuid"), "D");
            Assert.Equal(row.Number("version"), uuid.Version);
            Assert.StartsWith(row.Text("variant"), Convert.ToString(uuid.Variant, 2).PadLeft(4, '0'), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_examples_of_the_RFC_are_composed_from_their_fields()
    {
        // Versions 1 and 8, Nil and Max are read only.
        var rows = IdVectors.Read("uuid-rfc9562.json").ToDictionary(row => (int)row.Number("version"));
        Assert.Equal(7, rows.Count);

        byte[] random = Convert.FromHexString(rows[4].Text("random_bytes"));
        Assert.Equal(rows[4].Text("uuid"), Uuid.Compose(4, BinaryPrimitives.ReadUInt64BigEndian(random), BinaryPrimitives.ReadUInt64BigEndian(random.AsSpan(8))).ToString());

        JsonElement fields = rows[7].GetProperty("fields");
        Assert.Equal(rows[7].Text("uuid"), Uuid.Compose(7, (Hex(fields, "unix_ts_ms") << 16) | Hex(fields, "rand_a"), Hex(fields, "rand_b")).ToString());
        Assert.Equal(rows[5].Text("uuid"), Uuid.NewVersion5(Guid.Parse(rows[5].Text("namespace")), rows[5].Text("name")).ToString());
        Assert.StartsWith(rows[7].Text("uuid")[..14], Uuid.NewVersion7(DateTimeOffset.FromUnixTimeMilliseconds(rows[7].Number("unix_ms"))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_are_in_network_order_and_only_version_and_variant_are_set()
    {
        JsonElement row = Assert.Single(IdVectors.Read("guid-byte-order.json"));
        byte[] octets = Convert.FromHexString(row.Text("uuid").Replace("-", "", StringComparison.Ordinal));
        Guid uuid = Uuid.Compose(4, BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets.AsSpan(8)));
        Assert.Equal(row.Text("uuid"), uuid.ToString());
        Assert.Equal(octets, uuid.ToByteArray(bigEndian: true));
        Assert.Equal(Convert.FromHexString(row.Text("little_endian_bytes")), uuid.ToByteArray());

        Assert.Equal("ffffffff-ffff-7fff-bfff-ffffffffffff", Uuid.Compose(7, ulong.MaxValue, ulong.MaxValue).ToString());
        Assert.Equal("00000000-0000-7000-8000-000000000000", Uuid.Compose(7, 0, 0).ToString());
    }

    [Fact]
    public void Every_random_bit_of_version_4_is_fair()
    {
        int[] ones = CountOnes(100_000, Uuid.NewVersion4);
        AssertFixed(ones, 100_000, 48, 0b0100, 4);
        AssertFixed(ones, 100_000, 64, 0b10, 2);
        AssertFair(ones, 100_000, [.. Enumerable.Range(0, 128).Where(bit => bit is not (>= 48 and < 52 or 64 or 65))]);
    }

    [Fact]
    public void Every_random_bit_of_version_7_is_fair_and_the_rest_is_the_time()
    {
        const long UnixMs = 0x0123_4567_89AB;
        int[] ones = CountOnes(100_000, () => Uuid.NewVersion7(DateTimeOffset.FromUnixTimeMilliseconds(UnixMs).AddTicks(9_999)));
        AssertFixed(ones, 100_000, 0, UnixMs, 48);
        AssertFixed(ones, 100_000, 48, 0b0111, 4);
        AssertFixed(ones, 100_000, 64, 0b10, 2);
        AssertFair(ones, 100_000, [.. Enumerable.Range(52, 76).Where(bit => bit is not (64 or 65))]);
    }

    [Fact]
    public void Version_7_orders_by_time_as_Guid_as_text_and_as_bytes()
    {
        DateTimeOffset[] instants = [DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMilliseconds(255), DateTimeOffset.UnixEpoch.AddMilliseconds(256), SnowflakeSamples.Epoch, SnowflakeSamples.Epoch.AddMilliseconds(1), DateTimeOffset.MaxValue];
        Guid[] uuids = [.. instants.Select(Uuid.NewVersion7)];
        Assert.Equal(uuids, uuids.Order());
        Assert.Equal(uuids, uuids.OrderBy(uuid => uuid.ToString(), StringComparer.Ordinal));
        Assert.Equal(uuids, uuids.OrderBy(uuid => Convert.ToHexString(uuid.ToByteArray(bigEndian: true)), StringComparer.Ordinal));
    }

    [Fact]
    public void Version_7_carries_the_system_clock()
    {
        long before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        long carried = (long)Hex(Uuid.NewVersion7().ToString("N", CultureInfo.InvariantCulture)[..12]);
        Assert.InRange(carried, before, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Version_7_refuses_instants_before_1970() =>
        Assert.Equal("timestamp", Assert.Throws<ArgumentOutOfRangeException>(() => Uuid.NewVersion7(DateTimeOffset.UnixEpoch.AddTicks(-1))).ParamName);

    [Fact]
    public void Threads_never_make_the_same_uuid_while_buffers_are_discarded()
    {
        Guid[][] made = Race.Run(Threads, thread =>
        {
            var uuids = new Guid[PerThread];
            for (int i = 0; i < PerThread; i++)
            {
                uuids[i] = (i & 1) == 0 ? Uuid.NewVersion4() : Uuid.NewVersion7();
                if (i % 1_000 == thread)
                {
                    Uuid.DiscardBufferedRandomness();
                }
            }

            return uuids;
        });
        Assert.Equal(Threads * PerThread, made.SelectMany(uuids => uuids).ToHashSet().Count);
    }

    [Fact]
    public void Bytes_are_taken_once_and_found_wiped_afterwards()
    {
        Uuid.DiscardBufferedRandomness();
        Span<byte> taken = RandomBuffer.Take(16);
        Span<byte> whole = System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref taken[0], 16 + 16 + 10 + 16);
        byte[] before = whole.ToArray();
        Guid four = Uuid.NewVersion4();
        _ = Uuid.NewVersion7();
        Assert.Equal(before.AsSpan(16, 6), four.ToByteArray(bigEndian: true).AsSpan(0, 6)); // from these very bytes
        Assert.Equal(new byte[26], whole.Slice(16, 26).ToArray());
        Assert.Equal(before[42..], whole[42..].ToArray());
    }

    [Fact]
    public void Discarding_makes_every_thread_draw_anew()
    {
        _ = RandomBuffer.Take(16);
        Span<byte> ahead = RandomBuffer.Take(16);
        ref byte next = ref ahead[0];
        byte[] old = ahead.ToArray();
        Race.Run(1, _ =>
        {
            Uuid.DiscardBufferedRandomness();
            return 0;
        });
        Span<byte> fresh = RandomBuffer.Take(16);
        Assert.NotEqual(old, fresh.ToArray());
        Assert.NotEqual(old, System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref next, 16).ToArray()); // drawn over, not merely skipped
    }

    [Fact]
    public void Filled_spans_hold_distinct_uuids_of_the_version()
    {
        var four = new Guid[1_000];
        var seven = new Guid[1_000];
        Uuid.FillVersion4(four);
        Uuid.FillVersion7(seven);
        Assert.Equal(2_000, four.Concat(seven).Distinct().Count());
        Assert.All(four, uuid => Assert.Equal(4, uuid.Version));
        Assert.All(seven, uuid => Assert.Equal(7, uuid.Version));
    }

    [Fact]
    public void Making_a_uuid_allocates_nothing()
    {
        _ = Uuid.NewVersion4();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            _ = Uuid.NewVersion4();
            _ = Uuid.NewVersion7();
        }

        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ulong Hex(JsonElement fields, string name) => Hex(fields.Text(name));

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Counts how often each bit is set, bit 0 being the first of the RFC's figures.</summary>
    private static int[] CountOnes(int count, Func<Guid> make)
    {
        var ones = new int[128];
        Span<byte> octets = stackalloc byte[16];
        for (int i = 0; i < count; i++)
        {
            Assert.True(make().TryWriteBytes(octets, bigEndian: true, out _));
            for (int bit = 0; bit < 128; bit++)
            {
                ones[bit] += (octets[bit >> 3] >> (7 - (bit & 7))) & 1;
            }
        }

        return ones;
    }

    private static void AssertFixed(int[] ones, int count, int first, long value, int width)
    {
        for (int i = 0; i < width; i++)
        {
            Assert.Equal(((value >> (width - 1 - i)) & 1) == 1 ? count : 0, ones[first + i]);
        }
    }

    // Eight standard deviations: a fair bit fails once in 10^15 runs.
    private static void AssertFair(int[] ones, int count, int[] bits)
    {
        double allowed = 8 * Math.Sqrt(count) / 2;
        Assert.All(bits, bit => Assert.InRange(ones[bit], (count / 2.0) - allowed, (count / 2.0) + allowed));
    }
}
