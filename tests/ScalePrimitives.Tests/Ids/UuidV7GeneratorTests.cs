using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class UuidV7GeneratorTests : IdGeneratorContractTests<Guid>
{
    private const int Threads = 4;
    private const int PerThread = 100_000;

    private readonly ManualTimeProvider _time = new(SnowflakeSamples.Epoch);

    protected override IIdGenerator<Guid> CreateReady() => new UuidV7Generator(_time);

    [Fact]
    public void Ids_rise_as_Guid_text_and_bytes_while_the_clock_stands_moves_and_is_set_back()
    {
        var generator = new UuidV7Generator(_time);
        var ids = new List<Guid>();
        var random = new Random(1);
        var batch = new Guid[5];
        for (int i = 0; i < 10_000; i++)
        {
            switch (random.Next(8))
            {
                case 0:
                    _time.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
                    break;
                case 1:
                    _time.SetWall(_time.GetUtcNow().AddMilliseconds(random.Next(-2_000, 2_000)));
                    break;
                case 2:
                    Assert.Equal(batch.Length, generator.Fill(batch));
                    ids.AddRange(batch);
                    break;
                default:
                    ids.Add(generator.Next());
                    break;
            }
        }

        Assert.Equal(ids.Distinct().Order(), ids);
        Assert.Equal(ids.OrderBy(id => id.ToString(), StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Equal((7, 0b10), (id.Version, id.Variant >> 2)));
    }

    [Fact]
    public void Ids_carry_the_clock_and_keep_the_last_time_while_it_is_behind()
    {
        var generator = new UuidV7Generator(_time);
        DateTimeOffset start = _time.GetUtcNow();
        Assert.Equal(start, TimeOf(generator.Next()));
        _time.SetWall(start.AddHours(-1));
        Assert.Equal(start, TimeOf(generator.Next()));
        _time.SetWall(start.AddMilliseconds(1));
        Assert.Equal(start.AddMilliseconds(1), TimeOf(generator.Next()));
    }

    [Fact]
    public void A_millisecond_holds_more_than_33_million_ids_and_those_beyond_run_ahead()
    {
        var generator = new UuidV7Generator(_time);
        DateTimeOffset start = _time.GetUtcNow();
        var batch = new Guid[1 << 20];
        Guid last = generator.Next();
        for (int filled = 0; filled < 1 << 26; filled += batch.Length)
        {
            generator.Fill(batch);
            Assert.True(batch[0] > last);
            last = batch[^1];
            Assert.Equal(filled < (1 << 25) - batch.Length ? start : TimeOf(last), TimeOf(last));
            Assert.InRange(TimeOf(last), start, start.AddMilliseconds(2));
        }

        Assert.InRange(TimeOf(last), start.AddMilliseconds(1), start.AddMilliseconds(2));
    }

    [Fact]
    public void Threads_get_distinct_ids_each_in_order()
    {
        var generator = new UuidV7Generator();
        Guid[][] drawn = Race.Run(Threads, _ =>
        {
            var ids = new Guid[PerThread];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = generator.Next();
            }

            return ids;
        });
        Assert.All(drawn, ids => Assert.Equal(ids.Order(), ids));
        Assert.Equal(Threads * PerThread, drawn.SelectMany(ids => ids).ToHashSet().Count);
    }

    [Fact]
    public void The_tail_and_the_first_count_are_random()
    {
        var tails = new HashSet<string>();
        var counts = new HashSet<string>();
        for (int i = 0; i < 1_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            string text = new UuidV7Generator(_time).Next().ToString("N");
            Assert.True(tails.Add(text[20..]));
            counts.Add(text[12..20]);
        }

        Assert.InRange(counts.Count, 990, 1_000);
    }

    [Fact]
    public void A_clock_before_1970_is_refused_and_nothing_is_taken()
    {
        var generator = new UuidV7Generator(_time);
        Guid first = generator.Next();
        _time.SetWall(DateTimeOffset.UnixEpoch.AddTicks(-1));
        Assert.Throws<InvalidOperationException>(() => generator.Next());
        _time.SetWall(SnowflakeSamples.Epoch);
        Assert.True(generator.Next() > first);
    }

    private static DateTimeOffset TimeOf(Guid id)
    {
        Assert.True(Uuid.TryGetTimestamp(id, out DateTimeOffset timestamp));
        return timestamp;
    }
}
