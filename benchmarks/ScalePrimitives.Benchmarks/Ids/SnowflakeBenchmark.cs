using BenchmarkDotNet.Attributes;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// What a snowflake id costs when the format does not limit the rate (22 bits of sequence: 4 million ids a millisecond), against
/// the least that any such generator must do: read the clock, or step a counter. What it costs when the format does limit it: <see cref="IdWaits"/>.
/// </summary>
[MemoryDiagnoser]
public class SnowflakeBenchmark : IDisposable
{
    private const int Batch = 256;

    private readonly long[] _batch = new long[Batch];
    private SnowflakeGenerator _generator = null!;
    private SnowflakeGenerator _counting = null!;
    private WorkerLease _lease = null!;
    private IIdGenerator<long> _leased = null!;
    private long _counter;

    [GlobalSetup]
    public async Task Setup()
    {
        var layout = SnowflakeLayout.Create(
            new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero),
            TimeSpan.FromMilliseconds(1),
            SnowflakeField.Unused(1),
            SnowflakeField.Timestamp(41),
            SnowflakeField.Sequence(22));
        _generator = new SnowflakeGenerator(new SnowflakeOptions { Layout = layout });
        _counting = new SnowflakeGenerator(new SnowflakeOptions { Layout = layout, Name = "benchmark" });
        _lease = await WorkerLease.AcquireAsync(new InMemoryWorkerLeaseStore(), new WorkerSpace("benchmark", layout));
        _leased = _lease.Generator;
        _generator.Next();
        _counting.Next();
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _lease.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _generator.Dispose();
        _counting.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public DateTimeOffset ClockRead() => TimeProvider.System.GetUtcNow();

    [Benchmark]
    public long InterlockedIncrement() => Interlocked.Increment(ref _counter);

    [Benchmark]
    public long Next() => _generator.Next();

    [Benchmark]
    public long NextLeased() => _leased.Next();

    [Benchmark]
    public long NextCounted() => _counting.Next();

    [Benchmark]
    public bool TryNext() => _generator.TryNext(out _);

    [Benchmark]
    public ValueTask<long> NextAsync() => _generator.NextAsync();

    [Benchmark(OperationsPerInvoke = Batch)]
    public int Fill256() => _generator.Fill(_batch);
}
