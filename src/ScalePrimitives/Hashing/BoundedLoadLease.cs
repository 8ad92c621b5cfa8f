namespace ScalePrimitives.Hashing;

/// <summary>One load on a node of a <see cref="BoundedLoad{TNode}"/>. Disposing gives it back.</summary>
/// <remarks>
/// Only the first disposal counts, also among copies and on several threads at once; those after it do nothing. The default
/// value is no lease: it has no node, and disposing it does nothing.
/// </remarks>
/// <typeparam name="TNode">What loads are placed on.</typeparam>
public readonly struct BoundedLoadLease<TNode> : IDisposable
    where TNode : INode
{
    private readonly BoundedLoad<TNode>? _owner;
    private readonly LoadTicket? _ticket;
    private readonly long _version;

    internal BoundedLoadLease(BoundedLoad<TNode> owner, LoadTicket ticket, TNode node)
    {
        _owner = owner;
        _ticket = ticket;
        _version = ticket.Version;
        Node = node;
    }

    /// <summary>Gets the node that the load is on, as the topology had it when the lease was given.</summary>
    public TNode Node { get; }

    /// <summary>Gives the load back. O(1), lock-free, allocates nothing.</summary>
    public void Dispose()
    {
        if (_ticket is not null && _ticket.TryClose(_version))
        {
            _owner!.Release(_ticket);
        }
    }
}
