using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

/// <summary>The laws of a placement that moves only what is owed. Implementations that promise it inherit this.</summary>
public abstract class MinimalDisruptionContractTests : ConsistentHashContractTests
{
    private const string Newcomer = "node-new"; // not among the generated ids

    protected abstract IConsistentHash<Node> Add(IConsistentHash<Node> hash, Node node);

    protected abstract IConsistentHash<Node> Remove(IConsistentHash<Node> hash, string id);

    protected abstract IConsistentHash<Node> Replace(IConsistentHash<Node> hash, Node node);

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Adding_a_node_moves_keys_only_to_it(NodeSample sample, DoNotSize<ulong>[] keys)
    {
        IConsistentHash<Node> before = Create(sample.Nodes);
        IConsistentHash<Node> after = Add(before, new Node(Newcomer));
        return keys.All(key => Owner(after, key) == Newcomer || Owner(after, key) == Owner(before, key));
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Removing_a_node_moves_only_its_keys_each_to_its_next_choice(NodeSample sample, DoNotSize<ulong>[] keys)
    {
        IConsistentHash<Node> before = Create(sample.Nodes.Append(new Node(Newcomer))); // so that somebody stays
        string leaver = sample.Nodes[0].Id;
        IConsistentHash<Node> after = Remove(before, leaver);
        return keys.All(key => Preferences(after, key.Item).SequenceEqual(Preferences(before, key.Item).Where(id => id != leaver), StringComparer.Ordinal));
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Changing_a_weight_moves_keys_only_to_or_from_that_node(NodeSample sample, DoNotSize<ulong>[] keys, bool heavier)
    {
        IConsistentHash<Node> before = Create(sample.Nodes);
        Node changed = sample.Nodes[0] with { Weight = sample.Nodes[0].Weight * (heavier ? 3 : 0.3) };
        IConsistentHash<Node> after = Replace(before, changed);
        return keys.All(key => Owner(after, key) == Owner(before, key) || (heavier ? Owner(after, key) : Owner(before, key)) == changed.Id);
    }

    [Property(Arbitrary = [typeof(NodeSets)])]
    public bool Step_by_step_changes_equal_a_rebuild(NodeSample sample, DoNotSize<ulong>[] keys)
    {
        IConsistentHash<Node> grown = sample.Nodes.Aggregate(Create([new Node(Newcomer) { Weight = 2 }]), Add);
        IConsistentHash<Node> shrunk = Remove(grown, Newcomer);
        IConsistentHash<Node> rebuilt = Create(sample.Nodes);
        return keys.All(key => Preferences(shrunk, key.Item).SequenceEqual(Preferences(rebuilt, key.Item), StringComparer.Ordinal));
    }

    [Fact]
    public void Changes_leave_the_original_as_it_was()
    {
        IConsistentHash<Node> hash = Create([new("a"), new("b")]);
        string[] before = Preferences(hash, 1);
        Add(hash, new Node("c"));
        Remove(hash, "a");
        Replace(hash, new Node("a") { Weight = 9 });
        Assert.Equal(2, hash.Nodes.Count);
        Assert.Equal(before, Preferences(hash, 1));
    }

    [Fact]
    public void Bad_changes_are_refused()
    {
        IConsistentHash<Node> hash = Create([new("a"), new("b")]);
        Assert.Contains("'a'", Assert.Throws<ArgumentException>("node", () => Add(hash, new Node("a"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("node", () => Add(hash, null!));
        Assert.Contains("'c'", Assert.Throws<ArgumentException>("id", () => Remove(hash, "c")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("id", () => Remove(hash, null!));
        Assert.Contains("'c'", Assert.Throws<ArgumentException>("node", () => Replace(hash, new Node("c"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("node", () => Replace(hash, null!));
    }

    private static string Owner(IConsistentHash<Node> hash, DoNotSize<ulong> key) => hash.GetNodeByHash(key.Item).Id;
}
