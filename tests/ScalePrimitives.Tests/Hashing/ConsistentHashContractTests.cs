using FsCheck;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>What every <see cref="IConsistentHash{TNode}"/> promises. An implementation's tests inherit this.</summary>
public abstract class ConsistentHashContractTests
{
    protected abstract IConsistentHash<Node> Create(IEnumerable<Node> nodes);

    [Fact]
    public void Nodes_are_ordered_by_id_ordinally()
    {
        IConsistentHash<Node> hash = Create([new("b"), new("a"), new("B"), new("a-1"), new("ä")]);
        Assert.Equal(["B", "a", "a-1", "b", "ä"], hash.Nodes.Select(node => node.Id));
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool The_order_of_insertion_does_not_matter(NodeSample sample, DoNotSize<ulong>[] keys)
    {
        IConsistentHash<Node> one = Create(sample.Nodes);
        IConsistentHash<Node> other = Create(sample.Nodes.Reverse());
        return keys.All(key => Preferences(one, key.Item).SequenceEqual(Preferences(other, key.Item), StringComparer.Ordinal));
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool The_owner_is_the_most_preferred_node(NodeSample sample, DoNotSize<ulong> key)
    {
        IConsistentHash<Node> hash = Create(sample.Nodes);
        return hash.GetNodeByHash(key.Item).Id == Preferences(hash, key.Item)[0];
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Asking_for_all_nodes_gives_each_once(NodeSample sample, DoNotSize<ulong> key)
    {
        IConsistentHash<Node> hash = Create(sample.Nodes);
        return Preferences(hash, key.Item).Order(StringComparer.Ordinal).SequenceEqual(hash.Nodes.Select(node => node.Id), StringComparer.Ordinal);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Fewer_replicas_are_a_prefix_of_more(NodeSample sample, DoNotSize<ulong> key, byte wanted)
    {
        IConsistentHash<Node> hash = Create(sample.Nodes);
        int[] some = new int[wanted];
        int[] all = new int[hash.Nodes.Count];
        hash.GetIndexes(key.Item, all);
        int count = hash.GetIndexes(key.Item, some);
        return count == Math.Min(wanted, all.Length) && some.AsSpan(0, count).SequenceEqual(all.AsSpan(0, count));
    }

    [Fact]
    public void One_node_owns_everything()
    {
        IConsistentHash<Node> hash = Create([new("only")]);
        Assert.All(new[] { 0UL, 1UL, ulong.MaxValue / 2, ulong.MaxValue }, key => Assert.Equal(0, hash.GetIndex(key)));
    }

    [Fact]
    public void Without_nodes_lookups_throw_and_try_fails()
    {
        IConsistentHash<Node> hash = Create([]);
        Assert.Throws<InvalidOperationException>(() => hash.GetIndex(1));
        Assert.Throws<InvalidOperationException>(() => hash.GetIndexes(1, new int[1]));
        Assert.Throws<InvalidOperationException>(() => hash.GetNode("key"));
        Assert.False(hash.TryGetNode("key", out Node? node));
        Assert.Null(node);
    }

    [Fact]
    public void Asking_for_no_replicas_gives_none() => Assert.Equal(0, Create([new("a")]).GetIndexes(1, []));

    [Fact]
    public void Bad_nodes_are_refused()
    {
        Assert.Throws<ArgumentNullException>("nodes", () => Create(null!));
        Assert.Throws<ArgumentNullException>("nodes", () => Create([new("a"), null!]));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>("nodes", () => Create([new("a"), new("b"), new("a")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_type_routes_by_its_key_hash()
    {
        IConsistentHash<Node> hash = Create(Enumerable.Range(0, 50).Select(i => new Node($"n{i}")));
        var guid = Guid.Parse("c232ab00-9414-11ec-b3c8-9f6bdeced846");
        Assert.Same(hash.GetNodeByHash(KeyHash.Of("user:42")), hash.GetNode("user:42"));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of("user:42")), hash.GetNode("user:42".AsSpan()));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of("user:42")), hash.GetNode("user:42"u8));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of(42L)), hash.GetNode(42));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of(42L)), hash.GetNode(42L));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of(42L)), hash.GetNode(42UL));
        Assert.Same(hash.GetNodeByHash(KeyHash.Of(guid)), hash.GetNode(guid));
        Assert.NotSame(hash.GetNodeByHash(42), hash.GetNode(42));
    }

    [Fact]
    public void Every_way_to_ask_gives_the_same_nodes()
    {
        IConsistentHash<Node> hash = Create(Enumerable.Range(0, 200).Select(i => new Node($"n{i}")));
        Node[] three = new Node[3];
        Assert.Equal(3, hash.GetNodes("key", three));
        Assert.Equal(Preferences(hash, KeyHash.Of("key"))[..3], three.Select(node => node.Id));
        Assert.True(hash.TryGetNode("key", out Node? owner));
        Assert.Same(three[0], owner);

        Node[] all = new Node[300];
        Assert.Equal(200, hash.GetNodes("key"u8, all)); // more than fit on the stack
        Assert.Equal(Preferences(hash, KeyHash.Of("key")), all[..200].Select(node => node.Id));
    }

    [Fact]
    public void Null_arguments_are_refused_by_name()
    {
        IConsistentHash<Node> hash = Create([new("a")]);
        Assert.Throws<ArgumentNullException>("key", () => hash.GetNode((string)null!));
        Assert.Throws<ArgumentNullException>("hash", () => ((IConsistentHash<Node>)null!).GetNode("key"));
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        IConsistentHash<Node> hash = Create(Enumerable.Range(0, 100).Select(i => new Node($"n{i}")));
        var replicas = new Node[3];
        ulong key = 1;
        Allocations.AssertNone(() =>
        {
            key = KeyHash.Of(key);
            Span<int> indexes = stackalloc int[3];
            return (ulong)(hash.GetIndex(key) + hash.GetIndexes(key, indexes) + hash.GetNode("user:42").Id.Length + hash.GetNodes("key"u8, replicas));
        });
    }

    protected static string[] Preferences(IConsistentHash<Node> hash, ulong key)
    {
        int[] indexes = new int[hash.Nodes.Count];
        Assert.Equal(indexes.Length, hash.GetIndexes(key, indexes));
        return indexes.Select(index => hash.Nodes[index].Id).ToArray();
    }
}
