using System.Collections.Concurrent;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Consistent hashing with bounded loads: a key goes to the first of its preferred nodes that is not full, where full means a
/// little above the fair share of what is in flight. Choose it in front of servers that hot keys would overload: requests keep
/// going to one server for its caches, and the excess spills over to the key's next choices.
/// </summary>
/// <remarks>
/// <para>
/// The bound of a node is ⌈(1 + ε) · T · w / W⌉ with w its weight, W that of all nodes, and T the loads on all nodes including
/// the one that is being placed. Exactly: a node is given a load only while it carries fewer than its bound, for the T of some
/// moment within the call, in which calls of other threads that are placing or giving back a load count as loads. Loads that
/// are given back lower the bounds, but no load is moved: a node may then be above its bound until it gets rid of some.
/// </para>
/// <para>
/// The bounds add up to more than T, so there is always room; a call that finds none, because loads came and went behind it,
/// starts over. Counters are lock-free. An <see cref="Acquire"/> takes one lookup when the owner has room; it allocates
/// nothing once there have been as many leases at a time before, and keeps about 40 bytes for each. Thread-safe.
/// </para>
/// <para>
/// Where the first choices are full, as those of a hot key are, the walk goes on no further than to the first with room: a ring or a Maglev table passes
/// each full node in expected O(1), a slot table has three nodes at hand and then looks at the times of all, eight at once, as a rendezvous hash does one by one. None puts
/// all nodes in order.
/// </para>
/// <para>
/// Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018; weights as in HAProxy.
/// </para>
/// </remarks>
/// <typeparam name="TNode">What loads are placed on.</typeparam>
public sealed class BoundedLoad<TNode>
    where TNode : INode
{
    private readonly ConcurrentQueue<LoadTicket> _unused = new();
    private readonly Lock _updating = new();
    private Snapshot _current;
    private long _total;

    /// <summary>Starts without loads.</summary>
    /// <param name="topology">Where keys go, in order of preference. Its nodes' weights are read now.</param>
    /// <param name="epsilon">
    /// How far above its fair share a node may go: 0.01 to 10; the default is 0.25. Smaller is more even, larger keeps more keys at their owners.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="topology"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epsilon"/> is NaN or outside 0.01 to 10.</exception>
    public BoundedLoad(IConsistentHash<TNode> topology, double epsilon = 0.25)
    {
        ArgumentNullException.ThrowIfNull(topology);
        Epsilon = Guard.InRange(epsilon, 0.01, 10);
        _current = new Snapshot(topology, Epsilon, null);
    }

    /// <summary>Gets how far above its fair share a node may go.</summary>
    public double Epsilon { get; }

    /// <summary>Gets the topology that keys are placed by now.</summary>
    public IConsistentHash<TNode> Topology => Volatile.Read(ref _current).Topology;

    /// <summary>Gets the loads on all nodes of the topology, and those just being placed or given back.</summary>
    public long TotalLoad => Volatile.Read(ref _total);

    /// <summary>Gets the loads that a node carries now.</summary>
    /// <param name="nodeId">The id of a node of <see cref="Topology"/>.</param>
    /// <returns>At least 0.</returns>
    /// <exception cref="ArgumentException"><paramref name="nodeId"/> is null, or no node has it.</exception>
    public long GetLoad(string nodeId)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return Volatile.Read(ref _current).Find(nodeId)?.Value ?? throw new ArgumentException($"No node has the id '{nodeId}'.", nameof(nodeId));
    }

    /// <summary>Puts a load on the first of a key's preferred nodes that is below its bound.</summary>
    /// <param name="keyHash">A well-mixed hash of the key, such as <see cref="KeyHash"/> gives.</param>
    /// <returns>The lease on that node; dispose it when the load is done with.</returns>
    /// <exception cref="InvalidOperationException">There are no nodes.</exception>
    public BoundedLoadLease<TNode> Acquire(ulong keyHash)
    {
        // Counted in the total before it is placed, and taken from it after it has left its node: so at any moment the total is
        // at least the sum of the nodes, and the bounds leave room.
        Interlocked.Increment(ref _total);
        try
        {
            while (true)
            {
                Snapshot snapshot = Volatile.Read(ref _current);
                var placement = new Placement(snapshot, Volatile.Read(ref _total));
                int index = PreferenceWalk.FindFirst(snapshot.Topology, keyHash, ref placement);
                if (index >= 0)
                {
                    return Lease(snapshot, index);
                }
            }
        }
        catch
        {
            Interlocked.Decrement(ref _total);
            throw;
        }
    }

    /// <summary>Goes over to another topology. Nodes that stay, by id, keep their loads.</summary>
    /// <remarks>
    /// Leases on nodes that leave stay valid, but no longer count; if such a node comes back, it starts without loads. Calls of
    /// <see cref="Acquire"/> see the old topology or the new one, whole.
    /// </remarks>
    /// <param name="topology">The new topology. O(nodes).</param>
    /// <exception cref="ArgumentNullException"><paramref name="topology"/> is null.</exception>
    public void Update(IConsistentHash<TNode> topology)
    {
        ArgumentNullException.ThrowIfNull(topology);
        lock (_updating)
        {
            Snapshot old = _current;
            var next = new Snapshot(topology, Epsilon, old);
            Volatile.Write(ref _current, next);

            // After the new one is out: a call that still has the old one finds the counters of leavers closed, or was counted.
            foreach (LoadCounter counter in old.FindMissingIn(next))
            {
                Interlocked.Add(ref _total, -counter.Retire());
            }
        }
    }

    internal void Release(LoadTicket ticket)
    {
        if (ticket.Counter!.Subtract())
        {
            Interlocked.Decrement(ref _total);
        }

        _unused.Enqueue(ticket);
    }

    private BoundedLoadLease<TNode> Lease(Snapshot snapshot, int index)
    {
        if (!_unused.TryDequeue(out LoadTicket? ticket))
        {
            ticket = new LoadTicket();
        }

        ticket.Counter = snapshot.CounterAt(index);
        return new BoundedLoadLease<TNode>(this, ticket, snapshot.Topology.Nodes[index]);
    }

    /// <summary>Takes the first node that is below its bound, by adding the load to it.</summary>
    private readonly struct Placement(Snapshot snapshot, long total) : INodeChoice
    {
        public bool Takes(int index) => snapshot.CounterAt(index).TryAdd(snapshot.BoundOf(index, total));

        public bool MayTake(int index) => snapshot.CounterAt(index).IsBelow(snapshot.BoundOf(index, total));
    }

    /// <summary>A topology with its counters; immutable, but for the counts.</summary>
    private sealed class Snapshot
    {
        private readonly LoadCounter[] _counters;
        private readonly double[] _factors;
        private readonly Dictionary<string, LoadCounter> _byId;

        public Snapshot(IConsistentHash<TNode> topology, double epsilon, Snapshot? previous)
        {
            Topology = topology;
            _counters = new LoadCounter[topology.Nodes.Count];
            _factors = new double[_counters.Length];
            _byId = new Dictionary<string, LoadCounter>(_counters.Length, StringComparer.Ordinal);

            // In multiples of the greatest weight: the sum of the weights themselves could overflow.
            double maxWeight = topology.Nodes.Count == 0 ? 1 : topology.Nodes.Max(static node => node.Weight);
            double sum = topology.Nodes.Sum(node => node.Weight / maxWeight);
            for (int index = 0; index < _counters.Length; index++)
            {
                TNode node = topology.Nodes[index];
                _counters[index] = previous?.Find(node.Id) ?? new LoadCounter();
                _factors[index] = (1 + epsilon) * (node.Weight / maxWeight) / sum;
                _byId.Add(node.Id, _counters[index]);
            }
        }

        public IConsistentHash<TNode> Topology { get; }

        public LoadCounter CounterAt(int index) => _counters[index];

        public LoadCounter? Find(string id) => _byId.GetValueOrDefault(id);

        public IEnumerable<LoadCounter> FindMissingIn(Snapshot other) =>
            _byId.Where(pair => other.Find(pair.Key) is null).Select(static pair => pair.Value);

        public long BoundOf(int index, long total)
        {
            // What should be a whole number may come out a rounding above it, and would be rounded up to one load too many.
            // Lowered by more than the roundings of the factors can make, the bound is never above the exact one; that there is
            // room for all still holds, because ε is at least 0.01.
            const double Rounding = 1 - (1.0 / (1L << 32));
            return (long)Math.Ceiling(total * _factors[index] * Rounding);
        }
    }
}
