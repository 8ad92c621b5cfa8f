using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding.Questions;

internal sealed class GroupQuestion : IPairedQuestion
{
    private const int Shards = 16;
    private const int Slots = 16_384;
    private const int Batch = 1_000;

    public string Name => "shard-group";

    public string Title => "1,000 text keys split by their shards of 16, time and bytes a key, beside a dictionary of lists by the hash modulo the number of shards.";

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        string[][] keys = [KeyShapes.First(KeyShapes.Text, Batch)];
        return [new Modulo(new RepeatedRequests<string>(keys)), new Router(new RepeatedRequests<string>(keys))];
    }

    private sealed class Modulo(IRequests<string> requests) : RequestContender<string>("modulo, dictionary of lists", requests)
    {
        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            var groups = new Dictionary<int, List<string>>();
            foreach (string key in keys)
            {
                int shard = (int)(KeyHash.Of(key) % Shards);
                if (!groups.TryGetValue(shard, out List<string>? group))
                {
                    groups.Add(shard, group = []);
                }

                group.Add(key);
            }

            return groups.Count;
        }
    }

    private sealed class Router(IRequests<string> requests) : RequestContender<string>("ShardRouter.Group", requests)
    {
        private readonly ShardRouter<string, string> _router = new(new HashShardStrategy<string>(Slots), new ShardMap(Slots, Enumerable.Range(0, Shards).Select(shard => $"shard-{shard}")), id => id);

        protected override long Serve(ReadOnlySpan<string> keys, int worker) => _router.Group(keys).Count;
    }
}
