using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class RollingSequenceTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void At_low_rates_the_sequence_runs_round_its_whole_range()
    {
        SnowflakeGenerator generator = Create(SnowflakeLayout.Twitter);
        var sequences = new List<int>();
        for (int i = 0; i < 8_192; i++)
        {
            _clock.Advance(SnowflakeSamples.Millisecond);
            SnowflakeParts parts = generator.Layout.Decode(generator.Next());
            Assert.Equal(_clock.GetUtcNow(), parts.Timestamp);
            sequences.Add(parts.Sequence);
        }

        Assert.Equal(Enumerable.Range(0, 8_192).Select(i => i % 4_096), sequences);
    }

    [Fact]
    public void At_full_rate_no_sequence_is_left_out()
    {
        SnowflakeGenerator generator = Create(SnowflakeSamples.Narrow, borrowMs: 10);
        _clock.Advance(TimeSpan.FromMilliseconds(11)); // where it began, and one more
        Assert.Equal(4 * 11, SnowflakeSamples.Drain(generator).Count);
    }

    [Property(MaxTest = 200)]
    public void Ids_rise_and_none_repeats_whatever_is_drawn_when((byte Milliseconds, byte Count)[] draws, byte borrowMs)
    {
        SnowflakeGenerator generator = Create(SnowflakeSamples.Narrow, borrowMs % 4);
        long last = -1;
        foreach ((byte milliseconds, byte count) in draws)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds % 5));
            foreach (long id in SnowflakeSamples.Drain(generator, count % 12))
            {
                Assert.True(id > last);
                last = id;
            }
        }
    }

    private SnowflakeGenerator Create(SnowflakeLayout layout, int borrowMs = 0)
    {
        SnowflakeOptions options = SnowflakeSamples.Options(layout, _clock, borrowMs);
        options.RollingSequence = true;
        return new SnowflakeGenerator(options);
    }
}
