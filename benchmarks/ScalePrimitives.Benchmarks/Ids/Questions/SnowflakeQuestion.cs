using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

internal sealed class SnowflakeQuestion : IPairedQuestion
{
    public string Name => "id-snowflake";

    public string Title => "A snowflake id of a layout that never makes a call wait (22 bits of sequence), beside one clock read.";

    public int MaxThreads => 2;

    public IReadOnlyList<Contender> CreateContenders(bool isShort) =>
    [
        new DrawContender<ClockDraw>("clock read", default),
        new DrawContender<IncrementDraw>("interlocked increment", new()),
        new DrawContender<SnowflakeDraw>("SnowflakeGenerator", new(new SnowflakeGenerator(new SnowflakeOptions { Layout = Wide() }))),
        new FillContender(new SnowflakeGenerator(new SnowflakeOptions { Layout = Wide() })),
    ];

    private static SnowflakeLayout Wide() => SnowflakeLayout.Create(
        new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero),
        TimeSpan.FromMilliseconds(1),
        SnowflakeField.Unused(1),
        SnowflakeField.Timestamp(41),
        SnowflakeField.Sequence(22));

    private readonly struct SnowflakeDraw(SnowflakeGenerator generator) : IDraw
    {
        public long Draw() => generator.Next();
    }

    private sealed class FillContender(SnowflakeGenerator generator) : Contender("Fill, 256")
    {
        public override long Run(int worker, int operations)
        {
            Span<long> batch = stackalloc long[256];
            for (int drawn = 0; drawn < operations;)
            {
                drawn += generator.Fill(batch[..Math.Min(operations - drawn, batch.Length)]);
            }

            return batch[0];
        }
    }
}
