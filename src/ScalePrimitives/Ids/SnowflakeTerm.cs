using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// What a generator issues ids of: an identity, the window of ticks it may use, and the last word issued. A generator goes over to another identity
/// by replacing the whole object, so that a word is never joined with the identity or the window of another. Thread-safe.
/// </summary>
internal sealed class SnowflakeTerm
{
    private readonly SnowflakeLayout _layout;
    private readonly WorkerGrant? _grant;
    private long _lastTick;
    private WorkerGrant? _successor;

    // The last word issued: tick << sequence bits | sequence. It only grows, and each of its values belongs to the one call whose
    // compare-and-swap stepped over it: that alone makes ids unique. At most 63 bits, because a timestamp that has the
    // sign bit is issued only in its lower half. Its complement, which is negative, once the term is closed.
    private PaddedInt64 _word;

    private SnowflakeTerm(SnowflakeLayout layout, long identity, long firstTick, long lastTick, WorkerGrant? grant)
    {
        _layout = layout;
        _grant = grant;
        _lastTick = lastTick;
        Identity = identity;
        FirstWord = firstTick << layout.SequenceBits;
        _word.Value = FirstWord - 1;
    }

    /// <summary>Gets the identity fields of the ids, in their place.</summary>
    public long Identity { get; }

    /// <summary>Gets the first word that can be issued.</summary>
    public long FirstWord { get; }

    /// <summary>Gets the last tick that can be issued. It only grows: a reader that sees an old one is stricter than it must be.</summary>
    public long LastTick => Volatile.Read(ref _lastTick);

    /// <summary>Gets the location of the last word issued.</summary>
    public ref long Word => ref _word.Value;

    /// <summary>Gets or sets why the window was not extended, for the exception that says so.</summary>
    public Exception? Failure { get; set => Volatile.Write(ref field, value); }

    /// <summary>A term that ends with the layout. The ticks from 1 up to before <paramref name="firstTick"/> count as issued.</summary>
    public static SnowflakeTerm Unbounded(SnowflakeLayout layout, long identity, long firstTick) =>
        new(layout, identity, firstTick, layout.LastTick, grant: null);

    /// <summary>The term of a grant, its window rounded inward to whole ticks, and cut to begin at <paramref name="earliestTick"/>.</summary>
    public static SnowflakeTerm Of(SnowflakeLayout layout, WorkerGrant grant, long earliestTick)
    {
        (int datacenter, int server) = layout.SplitWorker(grant.Worker);

        // Tick 0 is left out, because the word before it would be negative.
        long first = Math.Max(Math.Max(1, earliestTick), layout.TickAt(grant.NotBefore.AddTicks(-1)) + 1);
        return new SnowflakeTerm(layout, layout.Identity(datacenter, server), first, LastTickOf(layout, grant), grant);
    }

    /// <summary>Lets the term reach the end of a renewed grant.</summary>
    public void Extend(WorkerGrant grant) => Volatile.Write(ref _lastTick, Math.Max(_lastTick, LastTickOf(_layout, grant)));

    /// <summary>Ends the term: no word is issued any more. Returns the tick of the last one, or the one before the first.</summary>
    /// <param name="successor">What the generator goes on with; null when with nothing.</param>
    public long Close(WorkerGrant? successor)
    {
        _successor = successor; // published by the exchange
        while (true)
        {
            long last = Volatile.Read(ref _word.Value);
            if (last < 0 || Interlocked.CompareExchange(ref _word.Value, ~last, last) == last)
            {
                return (last < 0 ? ~last : last) >> _layout.SequenceBits;
            }
        }
    }

    /// <summary>The term that follows this one, which is closed: past all of its ticks, so that ids go on rising.</summary>
    public SnowflakeTerm Next() => _successor is { } grant
        ? Of(_layout, grant, earliestTick: (~Volatile.Read(ref _word.Value) >> _layout.SequenceBits) + 1)
        : throw new InvalidOperationException("The worker lease was disposed of: its generator issues no ids any more.");

    /// <summary>Throws what a generator must say whose term gives no id however long one waits.</summary>
    [DoesNotReturn]
    public void ThrowEnded(DateTimeOffset now)
    {
        if (_grant is { } grant && LastTick < _layout.LastTick)
        {
            string end = string.Create(CultureInfo.InvariantCulture, $"{_layout.StartOf(LastTick + 1):O}");
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The lease of worker {grant.Worker} has ended and could not be renewed: its window ran to {end}, and the clock says {now:O}."), Failure);
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The layout's timestamps are exhausted: they end before {_layout.ExpiresAt:O}, and the clock says {now:O}."));
    }

    private static long LastTickOf(SnowflakeLayout layout, WorkerGrant grant) => Math.Min(layout.TickAt(grant.NotAfter) - 1, layout.LastTick);
}
