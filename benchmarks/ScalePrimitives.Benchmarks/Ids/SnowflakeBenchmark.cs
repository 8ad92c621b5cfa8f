using BenchmarkDotNet.Attributes;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// What a snowflake id costs when the format does not limit the rate (22 bits of sequence: 4 million ids a millisecond), against
/// the least that any such generator must do: read the clock, or step a counter.
/// </summary>
[MemoryDiagnoser]
public class SnowflakeBenchmark
{
    private const int Batch = 256;

    private readonly long[] _batch = new long[Batch];
    private SnowflakeGenerator _generator = null!;
    private long _counter;

    [GlobalSetup]
    public void Setup()
    {
        var layout = SnowflakeLayout.Create(
            new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero),
            TimeSpan.FromMilliseconds(1),
            SnowflakeField.Unused(1),
            SnowflakeField.Timestamp(41),
            SnowflakeField.Sequence(22));
        _generator = new SnowflakeGenerator(new SnowflakeOptions { Layout = layout });
        _generator.Next();
    }

    [Benchmark(Baseline = true)]
    public DateTimeOffset ClockRead() => TimeProvider.System.GetUtcNow();

    [Benchmark]
    public long InterlockedIncrement() => Interlocked.Increment(ref _counter);

    [Benchmark]
    public long Next() => _generator.Next();

    [Benchmark]
    public bool TryNext() => _generator.TryNext(out _);

    [Benchmark]
    public ValueTask<long> NextAsync() => _generator.NextAsync();

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Fill256() => _generator.Fill(_batch);
}
