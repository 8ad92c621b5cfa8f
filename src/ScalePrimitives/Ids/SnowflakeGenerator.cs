using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Issues snowflake ids: 64-bit numbers made of time, the issuer's identity and a sequence (Twitter, 2010), unique without
/// asking anyone as long as no two running generators share an identity. Thread-safe and lock-free; an id costs one clock read
/// and one compare-and-swap, and no allocation unless the call waits.
/// </summary>
/// <remarks>
/// <para>Ids of one generator strictly increase, whatever the clock does, when the timestamp lies above the sequence in the layout.</para>
/// <para>When the sequence of a timestamp is used up, the next timestamps are borrowed, at most <see cref="SnowflakeOptions.BorrowLimit"/>
/// ahead of the clock; then calls wait. When the clock was set back by no more than <see cref="SnowflakeOptions.ClockRollbackTolerance"/>,
/// ids go on with the rest of the last timestamp's sequence; beyond it, <see cref="SnowflakeOptions.ClockRollback"/> says what happens.
/// Borrowed time hides a step back, so a step counts only as far as it exceeds what is left of the borrow limit.</para>
/// <para>A restarted process cannot know what its predecessor issued, so its first timestamp is past its start by more than the borrow
/// limit: the predecessor, whose clock only went forward, cannot have gone further. Hence nothing can be issued until the clock has moved on one unit after construction, and
/// the first timestamps are ahead of the clock by the limit. This does not protect from a clock that was set back at any time since the predecessor
/// issued its first id, tolerated or not, from a borrow limit that was lowered, nor from two processes that run with the same identity at once.</para>
/// </remarks>
public sealed partial class SnowflakeGenerator : IIdGenerator<long>, IDisposable
{
    // In place of a word that cannot be taken: there is none left.
    private const long None = -1;

    private readonly TimeProvider _timeProvider;
    private readonly ClockRollbackPolicy _rollbackPolicy;
    private readonly TimeSpan _maxWait;
    private readonly int _sequenceBits;
    private readonly long _sequenceMask;
    private readonly long _rollMask;
    private readonly long _borrowTicks;
    private readonly long _toleranceTicks;
    private readonly SnowflakeInstruments? _instruments;

    // Identity, window and last word in one: replaced whole by one reference write, and never read twice in one attempt.
    private SnowflakeTerm _term;

    // How many calls wait now.
    private int _waiting;

    /// <summary>Creates a generator, which can issue its first id when the clock has moved on one unit of the layout.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An identity is missing that the layout has a field for, or given though it has none; or the longest wait is shorter than a unit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An identity does not fit the layout's field.</exception>
    /// <exception cref="InvalidOperationException">The clock is before the layout's epoch or past its end.</exception>
    public SnowflakeGenerator(SnowflakeOptions options)
        : this(options, (options ?? throw new ArgumentNullException(nameof(options))).Layout, UnboundedTerm(options))
    {
    }

    /// <summary>Creates a generator for the window of a grant: the fence keeps it from its predecessors, whatever the clock says.</summary>
    internal SnowflakeGenerator(SnowflakeOptions options, SnowflakeLayout layout, WorkerGrant grant)
        : this(options, layout, SnowflakeTerm.Of(layout, grant, earliestTick: 0))
    {
    }

    private SnowflakeGenerator(SnowflakeOptions options, SnowflakeLayout layout, SnowflakeTerm term)
    {
        if (options.MaxWait < layout.Unit)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"MaxWait must be at least one unit of the layout, {layout.Unit}, but is {options.MaxWait}."), nameof(options));
        }

        Layout = layout;
        _term = term;
        _timeProvider = options.TimeProvider;
        _rollbackPolicy = options.ClockRollback;
        _maxWait = options.MaxWait;
        _sequenceBits = layout.SequenceBits;
        _sequenceMask = (1L << _sequenceBits) - 1;
        _rollMask = options.RollingSequence ? _sequenceMask : 0;

        // Rounded so that each promise holds: never further ahead than asked, never stricter about a step back than asked.
        _borrowTicks = options.BorrowLimit.Ticks / layout.Unit.Ticks;
        _toleranceTicks = (options.ClockRollbackTolerance.Ticks + layout.Unit.Ticks - 1) / layout.Unit.Ticks;
        _instruments = options.Name is { } name ? new SnowflakeInstruments(name) : null;
    }

    /// <summary>Gets the layout of the ids.</summary>
    public SnowflakeLayout Layout { get; }

    /// <inheritdoc/>
    public long Next() => Take(1, Volatile.Read(ref _waiting), out SnowflakeTerm term, out long word) == 1 ? ToId(term, word) : Wait(term, word);

    /// <inheritdoc/>
    public bool TryNext(out long id)
    {
        if (Take(1, Volatile.Read(ref _waiting), out SnowflakeTerm term, out long word) == 1)
        {
            id = ToId(term, word);
            return true;
        }

        ThrowIfEnded(term, word);
        id = 0;
        return false;
    }

    /// <inheritdoc/>
    public ValueTask<long> NextAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<long>(cancellationToken);
        }

        return Take(1, Volatile.Read(ref _waiting), out SnowflakeTerm term, out long word) == 1 ? new ValueTask<long>(ToId(term, word)) : WaitAsync(term, word, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>The whole batch is reserved by one compare-and-swap; its ids are consecutive, and may span several timestamps.</remarks>
    public int Fill(Span<long> destination)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        int count = Take(destination.Length, Volatile.Read(ref _waiting), out SnowflakeTerm term, out long word);
        if (count == 0)
        {
            ThrowIfEnded(term, word);
            return 0;
        }

        Span<long> rest = destination[..count];
        long step = Layout.Compose(0, 1);
        while (!rest.IsEmpty)
        {
            int run = (int)Math.Min(rest.Length, (word | _sequenceMask) - word + 1); // to the end of the timestamp
            long id = ToId(term, word);
            for (int i = 0; i < run; i++)
            {
                rest[i] = id;
                id += step;
            }

            rest = rest[run..];
            word += run;
        }

        return count;
    }

    /// <summary>Ends the publishing of the generator's instruments, where it has a <see cref="SnowflakeOptions.Name"/>. It goes on issuing ids.</summary>
    public void Dispose() => _instruments?.Dispose();

    /// <summary>Lets the generator issue ids up to the end of a renewed grant.</summary>
    internal void Extend(WorkerGrant grant) => Volatile.Read(ref _term).Extend(grant);

    /// <summary>Says why the window was not extended; null when it was.</summary>
    internal void Report(Exception? failure) => Volatile.Read(ref _term).Failure = failure;

    /// <summary>Goes over to another worker. Its ids are past all that the generator has issued.</summary>
    internal void Replace(WorkerGrant grant)
    {
        SnowflakeTerm term = Volatile.Read(ref _term);
        term.Close(successor: grant);
        Follow(term);
    }

    /// <summary>Issues no ids any more. Returns the end of the last tick of which one was issued, or the start of the window.</summary>
    internal DateTimeOffset Close() => Layout.StartOf(Volatile.Read(ref _term).Close(successor: null) + 1);

    /// <summary>
    /// Takes up to <paramref name="wanted"/> consecutive words, as many as the clock allows now. Returns how many, the first of them in
    /// <paramref name="first"/>; with 0, that is the word to wait for, or <see cref="None"/>.
    /// The last <paramref name="reserved"/> of them are left for calls that wait: these wake later than those that never slept, and would find
    /// nothing but empty ticks.
    /// </summary>
    private int Take(int wanted, int reserved, out SnowflakeTerm term, out long first)
    {
        while (true)
        {
            term = Volatile.Read(ref _term);
            long last = Volatile.Read(ref term.Word);
            if (last < 0)
            {
                Follow(term);
                continue;
            }

            // Read anew in each round: a stale clock would refuse words, or start a tick that others have long left. It can do no
            // harm to uniqueness, because the new word is always past the old one.
            long now = Layout.TickAt(_timeProvider.GetUtcNow());
            long lastTick = term.LastTick;
            if (now > lastTick || last >= ((lastTick << _sequenceBits) | _sequenceMask))
            {
                first = None; // before now << bits or last + 1 can overflow: a layout may use all 63 bits
                return 0;
            }

            first = now > last >> _sequenceBits ? (now << _sequenceBits) | ((last + 1) & _rollMask) : last + 1;
            long tick = first >> _sequenceBits;
            if (now < tick - AllowedLead(first))
            {
                return 0;
            }

            // One bound for both: how far time may be borrowed, and where the window ends.
            long end = (Math.Max(tick, Math.Min(now + _borrowTicks, lastTick)) << _sequenceBits) | _sequenceMask;
            long count = Math.Min(wanted, end - reserved - first + 1);
            if (count <= 0)
            {
                return 0;
            }

            if (Interlocked.CompareExchange(ref term.Word, first + count - 1, last) == last)
            {
                _instruments?.Issued((int)count);
                return (int)count;
            }
        }
    }

    // Whoever finds a closed term puts the next one in its place; all of them would put an equal one, and the first does.
    private void Follow(SnowflakeTerm closed) => Interlocked.CompareExchange(ref _term, closed.Next(), closed);

    /// <summary>
    /// How many ticks the clock may be behind the word's tick. To enter a tick only the borrow limit counts: so no tick is ever entered
    /// further than that ahead of the highest clock reading. Inside a tick the tolerance comes on top: the clock was set back.
    /// </summary>
    private long AllowedLead(long word) => (word & _sequenceMask) == 0 ? _borrowTicks : _borrowTicks + _toleranceTicks;

    private long ToId(SnowflakeTerm term, long word) => term.Identity | Layout.Compose(word >> _sequenceBits, word & _sequenceMask);

    private static SnowflakeTerm UnboundedTerm(SnowflakeOptions options)
    {
        SnowflakeLayout layout = options.Layout;
        int datacenter = CheckIdentity(options.Datacenter, layout.DatacenterBits, nameof(options.Datacenter));
        int server = CheckIdentity(options.Server, layout.ServerBits, nameof(options.Server));
        DateTimeOffset now = options.TimeProvider.GetUtcNow();
        long start = layout.TickAt(now);
        if (start < 0 || start > layout.LastTick)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The clock says {now:O}, but the layout's timestamps run from {layout.Epoch:O} to before {layout.ExpiresAt:O}."));
        }

        // As if all up to start + borrow limit had been issued: a predecessor that was killed a moment ago may have.
        long issued = Math.Min(start + (options.BorrowLimit.Ticks / layout.Unit.Ticks), layout.LastTick);
        return SnowflakeTerm.Unbounded(layout, layout.Identity(datacenter, server), issued + 1);
    }

    private static int CheckIdentity(int? value, int bits, string name)
    {
        if (value is not { } number)
        {
            return bits == 0 ? 0 : throw new ArgumentException($"{name} must be set: the layout has a field for it, and an identity has no default.", $"options.{name}");
        }

        if (bits == 0)
        {
            throw new ArgumentException($"{name} must not be set: the layout has no field for it.", $"options.{name}");
        }

        return (int)Guard.InRange(number, 0, (1L << bits) - 1, $"options.{name}");
    }
}
