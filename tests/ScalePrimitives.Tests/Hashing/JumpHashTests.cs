using System.Globalization;
using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

public class JumpHashTests
{
    [Theory]
    [InlineData("jump_published.csv", 65)]
    [InlineData("jump_guava31.csv", 240)]
    public void Buckets_are_those_of_the_reference_implementations(string file, int rows)
    {
        var vectors = Vectors.ReadCsv("hashing-vectors", file);
        foreach (var row in vectors)
        {
            ulong key = ulong.Parse(row["key_u64"], CultureInfo.InvariantCulture);
            int buckets = int.Parse(row["buckets"], CultureInfo.InvariantCulture);
            Assert.Equal(int.Parse(row["expected"], CultureInfo.InvariantCulture), JumpHash.GetBucket(key, buckets));
        }

        Assert.Equal(rows, vectors.Count);
    }

    [Property]
    public bool One_more_bucket_takes_keys_only_for_itself(DoNotSize<ulong> key, PositiveInt buckets)
    {
        int before = JumpHash.GetBucket(key.Item, buckets.Get);
        int after = JumpHash.GetBucket(key.Item, buckets.Get + 1);
        return before >= 0 && before < buckets.Get && (after == before || after == buckets.Get);
    }

    [Fact]
    public void Buckets_get_equal_shares()
    {
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++)
        {
            counts[JumpHash.GetBucket(KeyHash.Of(i), counts.Length)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400)); // over four deviations of 95
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void There_is_at_least_one_bucket(int buckets)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(nameof(buckets), () => JumpHash.GetBucket(1, buckets));
        Assert.Contains("1 to 2147483647", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        ulong key = 1;
        Allocations.AssertNone(() => (ulong)JumpHash.GetBucket(key = KeyHash.Of(key), 1000));
    }
}
