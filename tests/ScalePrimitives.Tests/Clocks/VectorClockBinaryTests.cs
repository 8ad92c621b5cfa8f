using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;
using static ScalePrimitives.Tests.Clocks.VectorClockProperties;

namespace ScalePrimitives.Tests.Clocks;

public class VectorClockBinaryTests
{
    /// <summary>Pinned: stored clocks outlive processes. Header 8 * count + width - 1, then gap (width bytes, lowest first) and counter (LEB128).</summary>
    public static TheoryData<string, string> Golden => new()
    {
        { "{}", "00" },
        { "{0000000000000000:1}", "080001" },
        { "{0000000000000001:127}", "08017F" },
        { "{0000000000000001:128}", "08018001" },
        { "{0000000000000001:3, 0000000000000002:4}", "1001030104" },
        { "{0000000000000100:3, 0000000000000102:4}", "11000103020004" },
        { "{0000000100000007:3, 0000000200000001:300}", "140700000001" + "03" + "FAFFFFFF00" + "AC02" },
        { "{ffffffffffffffff:18446744073709551615}", "0F" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFFFF01" },
        { "{0000000000000000:1, 8000000000000000:2, ffffffffffffffff:3}", "1F" + "000000000000000001" + "000000000000008002" + "FFFFFFFFFFFFFF7F03" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Encoding_is_pinned(string text, string hex)
    {
        VectorClock clock = VectorClock.Parse(text, null);

        Assert.Equal(hex, Convert.ToHexString(Encode(clock)));
        Assert.True(VectorClock.TryRead(Convert.FromHexString(hex), out VectorClock? read, out int length));
        Assert.Equal(clock, read);
        Assert.Equal(hex.Length / 2, length);
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("01", "an empty clock with gaps of two bytes")]
    [InlineData("8000", "a header longer than need be")]
    [InlineData("1001030004", "an actor repeated")]
    [InlineData("080100", "a counter of zero")]
    [InlineData("08018000", "a counter longer than need be")]
    [InlineData("0801FFFFFFFFFFFFFFFFFF02", "a counter beyond 64 bits")]
    [InlineData("0801FFFFFFFFFFFFFFFFFFFF01", "a counter of eleven bytes")]
    [InlineData("09010003", "gaps wider than need be")]
    [InlineData("17FFFFFFFFFFFFFFFF01010000000000000001", "an actor beyond 64 bits")]
    [InlineData("17FFFFFFFFFFFFFFFF01FFFFFFFFFFFFFFFF01", "an actor below the one before, by wrapping round")]
    [InlineData("10010301", "the last counter missing")]
    public void Bytes_that_no_clock_writes_are_refused(string hex, string what)
    {
        Assert.False(VectorClock.TryRead(Convert.FromHexString(hex), out VectorClock? clock, out int read), what);
        Assert.Null(clock);
        Assert.Equal(0, read);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        foreach (VectorClock clock in Samples())
        {
            byte[] bytes = Encode(clock);
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.False(VectorClock.TryRead(bytes.AsSpan(0, length), out _, out _));
            }
        }
    }

    [Fact]
    public void Every_change_of_one_byte_is_refused_or_gives_another_clock_in_its_only_encoding()
    {
        (int refused, int accepted) = (0, 0);
        foreach (VectorClock clock in Samples())
        {
            byte[] bytes = Encode(clock);
            for (int i = 0; i < bytes.Length; i++)
            {
                byte original = bytes[i];
                for (int value = 0; value <= byte.MaxValue; value++)
                {
                    bytes[i] = (byte)value;
                    if (!VectorClock.TryRead(bytes, out VectorClock? other, out int read))
                    {
                        refused++;
                        continue;
                    }

                    accepted++;
                    Assert.Equal(value == original, other.Equals(clock));
                    Assert.Equal(bytes[..read], Encode(other));
                }

                bytes[i] = original;
            }
        }

        Assert.True(refused > 1000 && accepted > 1000, $"Both outcomes must be exercised, but were {refused} and {accepted}.");
    }

    [Fact]
    public void Destination_one_byte_short_is_left_alone()
    {
        foreach (VectorClock clock in Samples())
        {
            byte[] destination = new byte[clock.GetEncodedLength() - 1];
            Assert.False(clock.TryWrite(destination, out int written));
            Assert.Equal(0, written);
            Assert.All(destination, each => Assert.Equal(0, each));
        }
    }

    [Fact]
    public void Largest_clock_round_trips_and_one_entry_more_is_refused()
    {
        VectorClock largest = VectorClock.From([.. Enumerable.Range(0, VectorClock.MaxCount).Select(i => new Dot((ulong)i, 1))]);
        byte[] bytes = Encode(largest);
        Assert.Equal("808020", Convert.ToHexString(bytes.AsSpan(0, 3)));

        Assert.True(VectorClock.TryRead(bytes, out VectorClock? read, out _));
        Assert.Equal(largest, read);

        byte[] longer = [0x88, 0x80, 0x20, .. bytes.AsSpan(3), 1, 1];
        Assert.False(VectorClock.TryRead(longer, out _, out _));
    }

    [Theory]
    [InlineData("87802001")] // 65,536 entries of eight-byte gaps claimed, one byte there
    [InlineData("FFFFFFFFFFFFFFFFFF01")]
    public void A_claim_that_the_input_cannot_hold_allocates_nothing(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.False(VectorClock.TryRead(bytes, out _, out _));

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool read = VectorClock.TryRead(bytes, out _, out _);
        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(read);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Random_actors_take_at_most_twelve_bytes_an_entry(int count)
    {
        var random = new Random(count);
        byte[] actor = new byte[sizeof(ulong)];
        var dots = new Dot[count];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(actor);
            dots[i] = new Dot(BitConverter.ToUInt64(actor), (ulong)random.Next(1, 2_000_000));
        }

        Assert.InRange(VectorClock.From(dots).GetEncodedLength(), 1, 12 * count);
    }

    /// <summary>Clocks of 0 to 7 entries, gaps of every width, counters of every length.</summary>
    private static IEnumerable<VectorClock> Samples()
    {
        var random = new Random(7);
        for (int i = 0; i < 64; i++)
        {
            var clock = new SortedDictionary<ulong, ulong>();
            for (int entry = 0; entry < i % 8; entry++)
            {
                clock[(ulong)random.NextInt64() >> (8 * (i / 8))] = 1 + ((ulong)random.NextInt64() >> random.Next(63));
            }

            yield return VectorClock.From([.. clock.Select(entry => new Dot(entry.Key, entry.Value))]);
        }
    }
}
