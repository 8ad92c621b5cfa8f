using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using MassTransit;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// What a UUID costs, beside the framework's, UUIDNext's, NewId's and Ulid's, and beside the least it can cost: for version 4 its 16 bytes of the
/// system's generator drawn 4,096 at a time, for version 7 a clock read.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class UuidBenchmark
{
    private const int Drawn = 4096;
    private const int UuidSize = 16;

    private const int Batch = 256;

    private readonly byte[] _bytes = new byte[Drawn];
    private readonly Guid[] _batch = new Guid[Batch];
    private readonly UuidV7Generator _rising = new();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("v4")]
    public Guid Version4() => Uuid.NewVersion4();

    [Benchmark]
    [BenchmarkCategory("v4")]
    public Guid GuidNewGuid() => Guid.NewGuid();

    [Benchmark(OperationsPerInvoke = Drawn / UuidSize)]
    [BenchmarkCategory("v4")]
    public void RandomBytesInBulk() => RandomNumberGenerator.Fill(_bytes);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("v7")]
    public Guid Version7() => Uuid.NewVersion7();

    [Benchmark]
    [BenchmarkCategory("v7")]
    public DateTimeOffset ClockRead() => TimeProvider.System.GetUtcNow();

    [Benchmark]
    [BenchmarkCategory("v7")]
    public Guid GuidCreateVersion7() => Guid.CreateVersion7();

    [Benchmark]
    [BenchmarkCategory("v7")]
    public Guid UuidNextSequential() => UUIDNext.Uuid.NewSequential();

    [Benchmark]
    [BenchmarkCategory("v7")]
    public Guid RisingVersion7() => _rising.Next();

    [Benchmark(OperationsPerInvoke = Batch)]
    [BenchmarkCategory("v7")]
    public void FillVersion7() => Uuid.FillVersion7(_batch);

    // Neither is a UUID of version 7, but both order by time and are taken in its place.
    [Benchmark]
    [BenchmarkCategory("v7")]
    public Guid NewIdSequential() => NewId.NextSequentialGuid();

    [Benchmark]
    [BenchmarkCategory("v7")]
    public Ulid NewUlid() => Ulid.NewUlid();
}
