using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding.Questions;

internal sealed class RouteQuestion : IPairedQuestion
{
    private const int Shards = 16;
    private const int Slots = 16_384;
    private const int Workers = 2;

    public string Name => "shard-route";

    public string Title => "A text key routed to one of 16 shards by 16,384 slots, beside a lookup in the slot table of the ring, and a hash modulo the number of shards with a dictionary, which cannot grow. 4,096 keys in turn.";

    public int MaxThreads => Workers;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        string[][] keys = [.. Enumerable.Range(0, Workers).Select(_ => KeyShapes.First(KeyShapes.Text, 4_096))];
        return [new Table(new RepeatedRequests<string>(keys)), new Modulo(new RepeatedRequests<string>(keys)), new Router(new RepeatedRequests<string>(keys))];
    }

    private static IEnumerable<string> Ids() => Enumerable.Range(0, Shards).Select(shard => $"shard-{shard}");

    private sealed class Table(IRequests<string> requests) : RequestContender<string>("SlotTable", requests)
    {
        private readonly SlotTable<Node> _table = new(Ids().Select(id => new Node(id)), new SlotTableOptions { SlotCount = Slots });

        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            long sum = 0;
            foreach (string key in keys)
            {
                sum += _table.GetNode(key).Id.Length;
            }

            return sum;
        }
    }

    private sealed class Modulo(IRequests<string> requests) : RequestContender<string>("modulo, dictionary", requests)
    {
        private readonly Dictionary<int, string> _shards = Ids().Index().ToDictionary(each => each.Index, each => each.Item);

        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            long sum = 0;
            foreach (string key in keys)
            {
                sum += _shards[(int)(KeyHash.Of(key) % Shards)].Length;
            }

            return sum;
        }
    }

    private sealed class Router(IRequests<string> requests) : RequestContender<string>("ShardRouter.Route", requests)
    {
        private readonly ShardRouter<string, string> _router = new(new HashShardStrategy<string>(Slots), new ShardMap(Slots, Ids()), id => id);

        protected override long Serve(ReadOnlySpan<string> keys, int worker)
        {
            long sum = 0;
            foreach (string key in keys)
            {
                sum += _router.Route(key).Shard.Length;
            }

            return sum;
        }
    }
}
