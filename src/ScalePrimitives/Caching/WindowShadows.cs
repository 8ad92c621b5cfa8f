namespace ScalePrimitives.Caching;

/// <summary>
/// Finds the share of the cache that its window should have: five shadow caches with windows of different shares see the
/// same sampled requests, and the share of the one that hits most is chosen. Not thread-safe.
/// </summary>
/// <remarks>
/// W-TinyLFU's window is adapted by hill climbing in Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache
/// Management" (Middleware 2018). A climber tries windows on the real cache and pays for each wrong step; the shadows compare
/// them all at once, at no cost in hits, and cannot stay at a local optimum.
/// </remarks>
internal sealed class WindowShadows
{
    /// <summary>The share that a window begins with.</summary>
    public const double InitialShare = 0.03;

    // Tuned over two thirds of the recorded traces, as are the constants below.
    private static readonly double[] Shares = [0.01, InitialShare, 0.1, 0.3, 0.8];

    private const int RequestsPerDecisionAndEntry = 2;
    private const int MinRequestsPerDecision = 1000;
    private const double Remembered = 0.8; // of the hits before the last decision
    private const double Margin = 0.005; // by so many hits a request another share must be better

    private readonly ShadowCache[] _shadows;
    private readonly double[] _hits;
    private readonly int _requestsPerDecision;
    private double _requests;
    private int _untilDecision;
    private int _chosen;

    /// <param name="capacity">The capacity of each shadow: 1 to <see cref="ShadowCache.MaxCapacity"/>.</param>
    /// <param name="share">The share chosen until the shadows have seen enough: one that <see cref="Share"/> had, or the initial one.</param>
    /// <param name="sketch">Estimates the frequencies; only read.</param>
    public WindowShadows(int capacity, double share, FrequencySketch sketch)
    {
        _shadows = Array.ConvertAll(Shares, candidate => new ShadowCache(capacity, candidate, sketch));
        _hits = new double[_shadows.Length];
        _requestsPerDecision = Math.Max(MinRequestsPerDecision, capacity * RequestsPerDecisionAndEntry);
        _untilDecision = _requestsPerDecision;
        _chosen = Array.IndexOf(Shares, share);
    }

    /// <summary>Gets the window's share of the cache that is the best so far.</summary>
    public double Share => Shares[_chosen];

    /// <summary>Takes in one sampled request.</summary>
    public void Access(uint hash)
    {
        for (int i = 0; i < _shadows.Length; i++)
        {
            if (_shadows[i].Access(hash))
            {
                _hits[i]++;
            }
        }

        _requests++;
        if (--_untilDecision == 0)
        {
            Decide();
        }
    }

    private void Decide()
    {
        int best = Array.IndexOf(_hits, _hits.Max());
        if (_hits[best] - _hits[_chosen] > _requests * Margin)
        {
            _chosen = best;
        }

        _requests *= Remembered;
        for (int i = 0; i < _hits.Length; i++)
        {
            _hits[i] *= Remembered;
        }

        _untilDecision = _requestsPerDecision;
    }
}
