namespace ScalePrimitives.Sharding;

/// <summary>Where each item is, and what each shard then carries.</summary>
internal sealed class RebalanceState
{
    // Sums of the same loads in another order differ in their last bits.
    private const double Tolerance = 1e-12;

    private readonly RebalanceProblem _problem;
    private readonly int[] _owners;
    private readonly double[] _loads;
    private readonly int _maxMoves;

    public RebalanceState(RebalanceProblem problem)
    {
        _problem = problem;
        _maxMoves = problem.MaxMoves;
        _owners = Array.ConvertAll(problem.Items, item => item.Origin);
        _loads = new double[problem.Weights.Length];
        for (int item = 0; item < _owners.Length; item++)
        {
            _loads[_owners[item]] += problem.Items[item].Load;
        }
    }

    /// <summary>The same for a problem with other loads.</summary>
    public RebalanceState(RebalanceProblem problem, RebalanceState other)
        : this(problem)
    {
        for (int item = 0; item < _owners.Length; item++)
        {
            Move(item, other._owners[item]);
        }
    }

    private RebalanceState(RebalanceState other, int maxMoves) =>
        (_problem, _owners, _loads, _maxMoves, MovedSlots) = (other._problem, [.. other._owners], [.. other._loads], maxMoves, other.MovedSlots);

    /// <summary>Gets how many slots are elsewhere than at first.</summary>
    public int MovedSlots { get; private set; }

    /// <summary>Gets the utilisation of the fullest shard.</summary>
    public double Peak => Enumerable.Range(0, _loads.Length).Max(Utilisation);

    public RebalanceState Copy() => new(this, _maxMoves);

    public RebalanceState Copy(int maxMoves) => new(this, maxMoves);

    /// <summary>Tells whether so many slots may be elsewhere than at first; if more are already, they may.</summary>
    public bool MayMove(int slots) => slots <= Math.Max(_maxMoves, MovedSlots);

    public int OwnerOf(int item) => _owners[item];

    public double LoadOf(int shard) => _loads[shard];

    /// <summary>The load by the weight; 0 for what is to hold nothing, and is not to be looked at.</summary>
    public double Utilisation(int shard) => UtilisationWith(shard, 0);

    /// <summary>What the utilisation would be with so much more.</summary>
    public double UtilisationWith(int shard, double more) => _problem.Weights[shard] > 0 ? (_loads[shard] + more) / _problem.Weights[shard] : 0;

    /// <summary>Tells whether a shard would carry no more than a limit with so much more.</summary>
    public bool Fits(int shard, double more, double limit) => UtilisationWith(shard, more) <= limit * (1 + Tolerance);

    public void Move(int item, int shard)
    {
        RebalanceProblem.Item moved = _problem.Items[item];
        MovedSlots += (moved.Origin == _owners[item] ? moved.Slots.Length : 0) - (moved.Origin == shard ? moved.Slots.Length : 0);
        _loads[_owners[item]] -= moved.Load;
        _loads[shard] += moved.Load;
        _owners[item] = shard;
    }

    /// <summary>The items that may move of each shard, by falling load.</summary>
    public List<int>[] MovableByShard()
    {
        List<int>[] items = [.. _loads.Select(_ => new List<int>())];
        for (int item = 0; item < _owners.Length; item++)
        {
            if (_problem.CanLeave[item])
            {
                items[_owners[item]].Add(item);
            }
        }

        return items;
    }
}
