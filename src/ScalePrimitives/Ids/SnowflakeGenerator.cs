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
public sealed class SnowflakeGenerator : IIdGenerator<long>
{
    // In place of a word that cannot be taken: there is none left.
    private const long Exhausted = -1;

    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly ClockRollbackPolicy _rollbackPolicy;
    private readonly TimeSpan _maxWait;
    private readonly int _sequenceBits;
    private readonly long _sequenceMask;
    private readonly long _identity;
    private readonly long _lastTick;
    private readonly long _lastWord;
    private readonly long _borrowTicks;
    private readonly long _toleranceTicks;

    // The last word issued: tick << sequence bits | sequence. It only grows, and each of its values belongs to the one call whose
    // compare-and-swap stepped over it: that alone makes ids unique. At most 63 bits, because a timestamp that has the
    // sign bit is issued only in its lower half.
    private PaddedInt64 _word;

    /// <summary>Creates a generator, which can issue its first id when the clock has moved on one unit of the layout.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An identity is missing that the layout has a field for, or given though it has none; or the longest wait is shorter than a unit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An identity does not fit the layout's field.</exception>
    /// <exception cref="InvalidOperationException">The clock is before the layout's epoch or past its end.</exception>
    public SnowflakeGenerator(SnowflakeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SnowflakeLayout layout = options.Layout;
        int datacenter = CheckIdentity(options.Datacenter, layout.DatacenterBits, nameof(options.Datacenter));
        int server = CheckIdentity(options.Server, layout.ServerBits, nameof(options.Server));
        if (options.MaxWait < layout.Unit)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"MaxWait must be at least one unit of the layout, {layout.Unit}, but is {options.MaxWait}."), nameof(options));
        }

        Layout = layout;
        _timeProvider = options.TimeProvider;
        _rollbackPolicy = options.ClockRollback;
        _maxWait = options.MaxWait;
        _sequenceBits = layout.SequenceBits;
        _sequenceMask = (1L << _sequenceBits) - 1;
        _identity = layout.Identity(datacenter, server);
        _lastTick = layout.LastTick;
        _lastWord = (_lastTick << _sequenceBits) | _sequenceMask;

        // Rounded so that each promise holds: never further ahead than asked, never stricter about a step back than asked.
        _borrowTicks = options.BorrowLimit.Ticks / layout.Unit.Ticks;
        _toleranceTicks = (options.ClockRollbackTolerance.Ticks + layout.Unit.Ticks - 1) / layout.Unit.Ticks;

        DateTimeOffset now = _timeProvider.GetUtcNow();
        long start = layout.TickAt(now);
        if (start < 0 || start > _lastTick)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The clock says {now:O}, but the layout's timestamps run from {layout.Epoch:O} to before {layout.ExpiresAt:O}."));
        }

        // As if all up to start + borrow limit had been issued: a predecessor that was killed a moment ago may have.
        _word.Value = (Math.Min(start + _borrowTicks, _lastTick) << _sequenceBits) | _sequenceMask;
    }

    /// <summary>Gets the layout of the ids.</summary>
    public SnowflakeLayout Layout { get; }

    /// <inheritdoc/>
    public long Next() => Take(1, out long word) == 1 ? ToId(word) : Wait(word);

    /// <inheritdoc/>
    public bool TryNext(out long id)
    {
        if (Take(1, out long word) == 1)
        {
            id = ToId(word);
            return true;
        }

        ThrowIfExhausted(word);
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

        return Take(1, out long word) == 1 ? new ValueTask<long>(ToId(word)) : WaitAsync(word, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>The whole batch is reserved by one compare-and-swap; its ids are consecutive, and may span several timestamps.</remarks>
    public int Fill(Span<long> destination)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        int count = Take(destination.Length, out long word);
        if (count == 0)
        {
            ThrowIfExhausted(word);
            return 0;
        }

        Span<long> rest = destination[..count];
        long step = Layout.Compose(0, 1);
        while (!rest.IsEmpty)
        {
            int run = (int)Math.Min(rest.Length, (word | _sequenceMask) - word + 1); // to the end of the timestamp
            long id = ToId(word);
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

    /// <summary>
    /// Takes up to <paramref name="wanted"/> consecutive words, as many as the clock allows now. Returns how many, the first of them in
    /// <paramref name="first"/>; with 0, that is the word to wait for, or <see cref="Exhausted"/>.
    /// </summary>
    private int Take(int wanted, out long first)
    {
        while (true)
        {
            long last = Volatile.Read(ref _word.Value);

            // Read anew in each round: a stale clock would refuse words, or start a tick that others have long left. It can do no
            // harm to uniqueness, because the new word is always past the old one.
            long now = Layout.TickAt(_timeProvider.GetUtcNow());
            if (now > _lastTick || last >= _lastWord)
            {
                first = Exhausted; // before now << bits or last + 1 can overflow: a layout may use all 63 bits
                return 0;
            }

            first = now > last >> _sequenceBits ? now << _sequenceBits : last + 1;
            long tick = first >> _sequenceBits;
            if (now < tick - AllowedLead(first))
            {
                return 0;
            }

            long end = (Math.Max(tick, Math.Min(now + _borrowTicks, _lastTick)) << _sequenceBits) | _sequenceMask;
            int count = (int)Math.Min(wanted, end - first + 1);
            if (Interlocked.CompareExchange(ref _word.Value, first + count - 1, last) == last)
            {
                return count;
            }
        }
    }

    /// <summary>
    /// How many ticks the clock may be behind the word's tick. To enter a tick only the borrow limit counts: so no tick is ever entered
    /// further than that ahead of the highest clock reading. Inside a tick the tolerance comes on top: the clock was set back.
    /// </summary>
    private long AllowedLead(long word) => (word & _sequenceMask) == 0 ? _borrowTicks : _borrowTicks + _toleranceTicks;

    private long ToId(long word) => _identity | Layout.Compose(word >> _sequenceBits, word & _sequenceMask);

    // Each pause is asleep, so a frozen clock burns nothing; the monotonic clock bounds their sum.
    private long Wait(long word)
    {
        long start = _timeProvider.GetTimestamp();
        do
        {
            Pause(NextPause(word, start));
        }
        while (Take(1, out word) == 0);

        return ToId(word);
    }

    private void Pause(TimeSpan pause)
    {
        if (ReferenceEquals(_timeProvider, TimeProvider.System))
        {
            // By the thread's own timeout: a timer fires on the thread pool, and when all its threads wait here, none is left for it.
            using var never = new ManualResetEventSlim();
            never.Wait(pause);
            return;
        }

        Task.Delay(pause, _timeProvider).GetAwaiter().GetResult();
    }

    private async ValueTask<long> WaitAsync(long word, CancellationToken cancellationToken)
    {
        long start = _timeProvider.GetTimestamp();
        do
        {
            await Task.Delay(NextPause(word, start), _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        while (Take(1, out word) == 0);

        return ToId(word);
    }

    /// <summary>How long to pause before <paramref name="word"/> is tried again; throws when that cannot or must not be.</summary>
    private TimeSpan NextPause(long word, long start)
    {
        ThrowIfExhausted(word);
        DateTimeOffset now = _timeProvider.GetUtcNow();
        long lead = ((word - 1) >> _sequenceBits) - Layout.TickAt(now);
        if (_rollbackPolicy == ClockRollbackPolicy.Throw && lead > _borrowTicks + _toleranceTicks)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The clock was set back: it says {now:O}, {lead} units before the last id, which is more than borrow limit and tolerance allow ({_borrowTicks} + {_toleranceTicks})."));
        }

        TimeSpan left = _maxWait - _timeProvider.GetElapsedTime(start);
        if (left <= TimeSpan.Zero)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No id within MaxWait, {_maxWait}: the clock says {now:O} and is {lead} units behind the last id."));
        }

        TimeSpan needed = Layout.StartOf((word >> _sequenceBits) - AllowedLead(word)) - now;
        TimeSpan pause = needed < left ? needed : left;

        // Delays are cut to whole milliseconds: rounded up, or the last fraction of one would be spun through.
        return pause < ShortestTimer ? ShortestTimer : TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds));
    }

    private void ThrowIfExhausted(long word)
    {
        if (word == Exhausted)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The layout's timestamps are exhausted: they end before {Layout.ExpiresAt:O}, and the clock says {_timeProvider.GetUtcNow():O}."));
        }
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
