using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class HashShardStrategyTests
{
    [Fact]
    public void Slots_are_pinned()
    {
        var text = new HashShardStrategy<string>(1024);
        Assert.Equal([180, 482, 639, 667], new[] { "", "abc", "user:42", "größe" }.Select(text.GetSlot));
        Assert.Equal([12766, 3055, 13673, 5188], new long[] { 0, 1, 42, -1 }.Select(new HashShardStrategy<long>(16384).GetSlot));
        Assert.Equal(333681, new HashShardStrategy<Guid>(1 << 20).GetSlot(Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846")));
    }

    [Property]
    public bool A_slot_is_the_scaled_key_hash(DoNotSize<ulong> key, PositiveInt slots)
    {
        int slotCount = Math.Min(slots.Get, ShardMap.MaxSlotCount);
        int slot = new HashShardStrategy<ulong>(slotCount).GetSlot(key.Item);
        return slot == (int)((UInt128)KeyHash.Of(key.Item) * (uint)slotCount >> 64) && slot >= 0 && slot < slotCount;
    }

    [Fact]
    public void Equal_integers_of_any_width_share_slots_and_id()
    {
        Assert.Equal(new HashShardStrategy<long>(1024).GetSlot(42), new HashShardStrategy<int>(1024).GetSlot(42));
        Assert.Equal(new HashShardStrategy<long>(1024).GetSlot(42), new HashShardStrategy<uint>(1024).GetSlot(42));
        Assert.Equal(new HashShardStrategy<long>(1024).GetSlot(42), new HashShardStrategy<ulong>(1024).GetSlot(42));
        Assert.Equal("xxh3-int64/1024", new HashShardStrategy<int>(1024).Id);
        Assert.Equal("xxh3-int64/1024", new HashShardStrategy<ulong>(1024).Id);
    }

    [Fact]
    public void The_id_tells_strategies_with_different_slots_apart()
    {
        Assert.Equal("xxh3-text/1024", new HashShardStrategy<string>(1024).Id);
        Assert.Equal("xxh3-text/2048", new HashShardStrategy<string>(2048).Id);
        Assert.Equal("xxh3-uuid/1024", new HashShardStrategy<Guid>(1024).Id);
        Assert.Equal("by-tenant/1024", new HashShardStrategy<string>(1024, "by-tenant", _ => 0).Id);
    }

    [Fact]
    public void A_given_hash_decides_the_slot()
    {
        var byTenant = new HashShardStrategy<(string Tenant, int Order)>(1024, "tenant", key => KeyHash.Of(key.Tenant));
        Assert.Equal(byTenant.GetSlot(("acme", 1)), byTenant.GetSlot(("acme", 2)));
        Assert.Equal(new HashShardStrategy<string>(1024).GetSlot("acme"), byTenant.GetSlot(("acme", 1)));
        Assert.Equal(1023, new HashShardStrategy<string>(1024, "top", _ => ulong.MaxValue).GetSlot(""));
    }

    [Fact]
    public void Every_slot_gets_its_share_of_sequential_keys()
    {
        // 100 keys a slot on average; with 1,024 slots, 50 and 160 are beyond five standard deviations.
        var strategy = new HashShardStrategy<int>(1024);
        int[] counts = new int[1024];
        for (int key = 0; key < 102_400; key++)
        {
            counts[strategy.GetSlot(key)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 50, 160));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new HashShardStrategy<string>(0));
        Assert.Throws<ArgumentOutOfRangeException>("slotCount", () => new HashShardStrategy<string>(ShardMap.MaxSlotCount + 1));
        Assert.Throws<ArgumentNullException>("key", () => new HashShardStrategy<string>(8).GetSlot(null!));
        Assert.Throws<ArgumentException>("id", () => new HashShardStrategy<string>(8, "", _ => 0));
        Assert.Throws<ArgumentException>("id", () => new HashShardStrategy<string>(8, "xxh3-text", _ => 0));
        Assert.Throws<ArgumentNullException>("hash", () => new HashShardStrategy<string>(8, "x", null!));
        Assert.Contains("System.Uri", Assert.Throws<NotSupportedException>(() => new HashShardStrategy<Uri>(8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_a_slot_allocates_nothing()
    {
        var text = new HashShardStrategy<string>(1024);
        var number = new HashShardStrategy<long>(1024);
        Allocations.AssertNone(() => (ulong)(text.GetSlot("user:42") + number.GetSlot(42)));
    }
}
