using System.Collections.Concurrent;
using System.Globalization;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>
/// Reserves numbers from several masters, none of which knows of the others, and goes on with those that answer. Each master hands out the
/// numbers of one residue only, which it keeps itself: clients never choose residues, and may list the masters in any order (Flickr's
/// ticket servers, 2010). Thread-safe.
/// </summary>
/// <remarks>
/// <para>Masters take turns. One that fails or does not answer in time is left alone for ten seconds; when all are, each is tried. A master that
/// was away is pulled up to the numbers that this client has seen of the others, so that numbers keep rising roughly in time.</para>
/// <para>How many residues there are is fixed when the masters are created, and never grows in place: a master cut off would go on in the old steps.</para>
/// </remarks>
public sealed class MultiMasterTicketStore : ITicketStore
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(10);

    private readonly Master[] _masters;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal); // by name, the greatest number reserved
    private uint _turn;

    /// <summary>Creates a store over masters.</summary>
    /// <param name="masters">The masters, 1 or more.</param>
    /// <param name="timeout">How long one master may take to answer before the next is asked, above zero, up to 1 hour; null for 1 second. A master whose
    /// call blocks, as SQLite's driver does, is waited for: bound its own wait.</param>
    /// <param name="timeProvider">The clock; null for <see cref="TimeProvider.System"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="masters"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">There is no master.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is outside its range.</exception>
    public MultiMasterTicketStore(IEnumerable<ITicketStore> masters, TimeSpan? timeout = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(masters);
        _masters = [.. masters.Select(store => new Master(store ?? throw new ArgumentNullException(nameof(masters), "A master is null.")))];
        if (_masters.Length == 0)
        {
            throw new ArgumentException("There must be at least one master.", nameof(masters));
        }

        _timeout = Guard.InRange(timeout ?? DefaultTimeout, TimeSpan.FromTicks(1), LongestTimeout, nameof(timeout));
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="AggregateException">No master answered; it holds what each of them threw.</exception>
    /// <exception cref="InvalidOperationException">Two masters hand out the same numbers, or in different steps: nothing of what they gave is used.</exception>
    public async ValueTask<TicketBlock> ReserveAsync(string name, int count, long atLeast = 0, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Guard.InRange(count, 1, int.MaxValue);
        Guard.InRange(atLeast, 0, long.MaxValue);
        long floor = Math.Max(atLeast, _seen.GetValueOrDefault(name));
        var failures = new List<Exception>();
        foreach (Master master in InTurn())
        {
            cancellationToken.ThrowIfCancellationRequested();
            TicketBlock block;
            try
            {
                block = await AskAsync(master, name, count, floor, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not ArgumentException && !cancellationToken.IsCancellationRequested)
            {
                // One that answers that it has no numbers left, or must not be used, is not away.
                if (exception is not InvalidOperationException)
                {
                    master.RestUntil(_timeProvider.GetTimestamp() + RestTimestamps);
                }

                failures.Add(exception);
                continue;
            }

            CheckResidue(master, block);
            _seen.AddOrUpdate(name, static (_, last) => last, static (_, seen, last) => Math.Max(seen, last), block.Last);
            return block;
        }

        throw new AggregateException($"None of the {_masters.Length} masters has reserved numbers of '{name}'.", failures);
    }

    // A master that does not regard its token must not hold the others up. What it reserves too late is lost: it may be below what the others gave meanwhile.
    private async ValueTask<TicketBlock> AskAsync(Master master, string name, int count, long floor, CancellationToken cancellationToken)
    {
        TicketBlock block = await Deadline.WithinAsync(token => master.Store.ReserveAsync(name, count, floor, token), _timeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        return block.Checked(name, count);
    }

    private long RestTimestamps => (long)(RestAfterFailure.TotalSeconds * _timeProvider.TimestampFrequency);

    // From the next in turn on, those that failed lately last.
    private IEnumerable<Master> InTurn()
    {
        uint turn = Interlocked.Increment(ref _turn);
        var inTurn = Enumerable.Range(0, _masters.Length).Select(i => _masters[(turn + (uint)i) % (uint)_masters.Length]);
        long now = _timeProvider.GetTimestamp();
        return inTurn.OrderBy(master => master.RestsAt(now));
    }

    private void CheckResidue(Master master, TicketBlock block)
    {
        lock (_masters)
        {
            var own = (block.Step, Residue: block.First % block.Step);
            if (_masters.FirstOrDefault(other => other.Sequence is { } sequence && !ReferenceEquals(other, master) && (sequence == own || sequence.Step != own.Step)) is not null)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A master hands out numbers of residue {own.Residue} modulo {own.Step}, as no other may, or in other steps than the others: the masters are not set up as one set."));
            }

            master.Sequence = own;
        }
    }

    private sealed class Master(ITicketStore store)
    {
        private long _restsUntil = long.MinValue;

        public ITicketStore Store => store;

        /// <summary>Gets or sets what it hands out, once known.</summary>
        public (long Step, long Residue)? Sequence { get; set; }

        public bool RestsAt(long now) => now < Volatile.Read(ref _restsUntil);

        public void RestUntil(long end) => Volatile.Write(ref _restsUntil, end);
    }
}
