using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding.Questions;

internal sealed class MergeQuestion : IPairedQuestion
{
    private const int Shards = 16;

    public string Name => "shard-merge";

    public string Title => "The ordered rows of 16 shards in one order, time and bytes a row: as a stream that holds one row of each shard, beside reading all rows into a list and sorting it. The rows are there at once; with 16,000 rows.";

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        var random = new Random(1);
        var rows = new KeyValuePair<string, long[]>[Shards];
        for (int shard = 0; shard < Shards; shard++)
        {
            rows[shard] = new($"shard-{shard}", [.. Enumerable.Range(0, isShort ? 10 : 1_000).Select(_ => random.NextInt64()).Order()]);
        }

        long[] requests = new long[rows.Sum(shard => shard.Value.Length)]; // as many operations as rows
        return [new Sort(rows, new RepeatedRequests<long>([requests])), new Merge(rows, new RepeatedRequests<long>([requests]))];
    }

    private sealed class Sort(KeyValuePair<string, long[]>[] rows, IRequests<long> requests) : RequestContender<long>("read all and sort", requests)
    {
        protected override long Serve(ReadOnlySpan<long> keys, int worker) => SortAsync(keys.Length).GetAwaiter().GetResult();

        private async Task<long> SortAsync(int count)
        {
            var all = new List<long>();
            foreach ((_, long[] shard) in rows)
            {
                await foreach (long row in StreamAsync(shard))
                {
                    all.Add(row);
                }
            }

            all.Sort();
            return all.Take(count).Sum(row => row & 1);
        }
    }

    private sealed class Merge(KeyValuePair<string, long[]>[] rows, IRequests<long> requests) : RequestContender<long>("ScatterGather.MergeAsync", requests)
    {
        protected override long Serve(ReadOnlySpan<long> keys, int worker) => MergeAsync(keys.Length).GetAwaiter().GetResult();

        private async Task<long> MergeAsync(int count)
        {
            long sum = 0;
            await foreach (long row in ScatterGather.MergeAsync(rows, static (shard, _) => StreamAsync(shard), static row => row, limit: count))
            {
                sum += row & 1;
            }

            return sum;
        }
    }

    private static async IAsyncEnumerable<long> StreamAsync(long[] rows)
    {
        foreach (long row in rows)
        {
            yield return row;
        }

        await Task.CompletedTask;
    }
}
