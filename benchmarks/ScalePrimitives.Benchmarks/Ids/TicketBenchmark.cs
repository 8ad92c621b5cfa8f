using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using ScalePrimitives.Data;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// What a ticket costs: from blocks in memory, against the interlocked increment that it cannot do without, and over a SQLite file that is
/// synchronised at each block, by the size of the blocks.
/// </summary>
[MemoryDiagnoser]
public class TicketBenchmark
{
    private const int Tickets = 1 << 16;

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"tickets-{Guid.NewGuid():N}.db");
    private TicketGenerator _inMemory = null!;
    private TicketGenerator _sqlite = null!;
    private long _counter;

    [Params(256, 4_096, 65_536, 1_048_576)]
    public int Block { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var options = new TicketOptions { InitialBlock = Block, MaxBlock = Block };
        var store = new SqlTicketStore(SqliteFactory.Instance.CreateDataSource($"Data Source={_file}"), SqlDialect.Sqlite);
        await store.CreateSchemaAsync();
        _inMemory = new TicketGenerator(new InMemoryTicketStore(), "benchmark", options);
        _sqlite = new TicketGenerator(store, "benchmark", options);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        SqliteConnection.ClearAllPools();
        File.Delete(_file);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Tickets)]
    public long InterlockedIncrement()
    {
        long last = 0;
        for (int i = 0; i < Tickets; i++)
        {
            last = Interlocked.Increment(ref _counter);
        }

        return last;
    }

    [Benchmark(OperationsPerInvoke = Tickets)]
    public long InMemory() => Draw(_inMemory);

    [Benchmark(OperationsPerInvoke = Tickets)]
    public long Sqlite() => Draw(_sqlite);

    private static long Draw(TicketGenerator generator)
    {
        long last = 0;
        for (int i = 0; i < Tickets; i++)
        {
            last = generator.Next();
        }

        return last;
    }
}
