namespace ScalePrimitives.Hashing;

/// <summary>Writes down the nodes of a walk, in order, until a span is full. The walk takes the last of them.</summary>
internal ref struct NodeCollector(Span<int> destination) : INodeChoice
{
    private readonly Span<int> _destination = destination;
    private int _found;

    public bool Takes(int index)
    {
        _destination[_found++] = index;
        return _found == _destination.Length;
    }

    public readonly bool MayTake(int index) => true;
}
