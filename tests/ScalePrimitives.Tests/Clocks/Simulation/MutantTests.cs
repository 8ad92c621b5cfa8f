using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>Four mistakes that clocks in use have had. The checks that the library passes find each.</summary>
public class MutantTests
{
    private delegate CausalOrder Comparison(Dictionary<ulong, ulong> left, Dictionary<ulong, ulong> right);

    private interface IStamps
    {
        (long Physical, long Logical) Now(double wallMs);

        (long Physical, long Logical) Receive(double wallMs, (long Physical, long Logical) remote);
    }

    [Fact]
    public void The_library_orders_histories_as_the_events_in_them_do() =>
        Assert.Null(FindDisagreement((left, right) => ClockOf(left).Compare(ClockOf(right))));

    // Entry by entry side by side, in the order in which a hash table happens to have them.
    [Fact]
    public void A_comparison_in_hash_order_is_found() => Assert.NotNull(FindDisagreement((left, right) => Order(
        left.Zip(right).Select(pair => (pair.First.Value, pair.Second.Value)), left.Count - right.Count)));

    [Fact]
    public void A_comparison_that_skips_absent_entries_is_found() => Assert.NotNull(FindDisagreement((left, right) => Order(
        left.Where(entry => right.ContainsKey(entry.Key)).Select(entry => (entry.Value, right[entry.Key])), 0)));

    [Fact]
    public void The_library_stamps_what_happens_later_with_more() => Assert.Null(FindRepetition(() => new LibraryStamps()));

    // The logical part of the message is not regarded when both times are equal.
    [Fact]
    public void A_receive_rule_that_is_wrong_at_equal_time_is_found() => Assert.NotNull(FindRepetition(() => new Mutant(regardsRemoteAtEqualTime: false, rounds: false)));

    // A time with half a millisecond is rounded up when it is issued, and not when it is compared.
    [Fact]
    public void A_stamp_that_rounding_repeats_is_found() => Assert.NotNull(FindRepetition(() => new Mutant(regardsRemoteAtEqualTime: true, rounds: true)));

    [Fact]
    public void Without_its_mistakes_the_mutant_is_found_to_be_right() => Assert.Null(FindRepetition(() => new Mutant(regardsRemoteAtEqualTime: true, rounds: false)));

    private static VectorClock ClockOf(Dictionary<ulong, ulong> counters) => VectorClock.From([.. counters.Select(entry => new Dot(entry.Key, entry.Value))]);

    private static CausalOrder Order(IEnumerable<(ulong Left, ulong Right)> pairs, int more)
    {
        CausalOrder order = more > 0 ? CausalOrder.After : more < 0 ? CausalOrder.Before : CausalOrder.Equal;
        return pairs.Aggregate(order, (known, pair) => known | (pair.Left < pair.Right ? CausalOrder.Before : pair.Left > pair.Right ? CausalOrder.After : CausalOrder.Equal));
    }

    // Against the sets of events that the clocks stand for.
    private static string? FindDisagreement(Comparison compare)
    {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++)
        {
            Dictionary<ulong, ulong> left = Any();
            Dictionary<ulong, ulong> right = random.Next(3) == 0 ? left.OrderBy(_ => random.Next()).ToDictionary() : Any();
            HashSet<Dot> ofLeft = EventsOf(left);
            HashSet<Dot> ofRight = EventsOf(right);
            CausalOrder expected = (ofRight.IsSubsetOf(ofLeft) ? CausalOrder.Equal : CausalOrder.Before) | (ofLeft.IsSubsetOf(ofRight) ? CausalOrder.Equal : CausalOrder.After);
            CausalOrder found = compare(left, right);
            if (found != expected)
            {
                return $"round {round}: {found} instead of {expected}";
            }
        }

        return null;

        Dictionary<ulong, ulong> Any() =>
            Enumerable.Range(0, random.Next(5)).Select(_ => (ulong)random.Next(6)).Distinct().ToDictionary(actor => actor, _ => (ulong)random.Next(1, 4));

        static HashSet<Dot> EventsOf(Dictionary<ulong, ulong> clock) =>
            [.. clock.SelectMany(entry => Enumerable.Range(1, (int)entry.Value).Select(counter => new Dot(entry.Key, (ulong)counter)))];
    }

    // Two machines that send to each other while their walls stand, run and are stepped.
    private static string? FindRepetition(Func<IStamps> create)
    {
        var random = new Random(2);
        IStamps[] machines = [create(), create()];
        double[] walls = [1_000, 1_000];
        (long, long)[] lasts = new (long, long)[2];
        (long, long) message = default;
        for (int step = 0; step < 5_000; step++)
        {
            int machine = random.Next(2);
            walls[machine] += random.Next(4) * 0.25;
            (long, long) stamp;
            if (random.Next(2) == 0)
            {
                stamp = machines[machine].Receive(walls[machine], message);
                if (stamp.CompareTo(message) <= 0)
                {
                    return $"step {step}: {stamp} is not after the message's {message}";
                }
            }
            else
            {
                message = stamp = machines[machine].Now(walls[machine]);
            }

            if (stamp.CompareTo(lasts[machine]) <= 0)
            {
                return $"step {step}: {stamp} is not after {lasts[machine]}";
            }

            lasts[machine] = stamp;
        }

        return null;
    }

    private sealed class LibraryStamps : IStamps
    {
        private readonly ManualTimeProvider _time = new();
        private readonly HybridLogicalClock _clock;

        public LibraryStamps() => _clock = new HybridLogicalClock(new HybridClockOptions { TimeProvider = _time, MaxDrift = TimeSpan.FromDays(1) });

        public (long Physical, long Logical) Now(double wallMs) => At(wallMs, _clock.Now);

        public (long Physical, long Logical) Receive(double wallMs, (long Physical, long Logical) remote) =>
            At(wallMs, () => _clock.Receive(new HybridTimestamp(remote.Physical, (int)remote.Logical)));

        private (long, long) At(double wallMs, Func<HybridTimestamp> issue)
        {
            _time.SetWall(DateTimeOffset.UnixEpoch.AddTicks((long)(wallMs * TimeSpan.TicksPerMillisecond)));
            HybridTimestamp stamp = issue();
            return (stamp.PhysicalMs, stamp.Logical);
        }
    }

    // The textbook's clock, its time in quarters of a millisecond so that it can be rounded wrongly.
    private sealed class Mutant(bool regardsRemoteAtEqualTime, bool rounds) : IStamps
    {
        private double _physical;
        private long _logical;

        public (long Physical, long Logical) Now(double wallMs)
        {
            double wall = rounds ? wallMs : Math.Floor(wallMs);
            (_physical, _logical) = wall > _physical ? (wall, 0) : (_physical, _logical + 1);
            return ((long)Math.Round(_physical, MidpointRounding.AwayFromZero), _logical);
        }

        public (long Physical, long Logical) Receive(double wallMs, (long Physical, long Logical) remote)
        {
            if (remote.Physical > _physical)
            {
                (_physical, _logical) = remote;
            }
            else if (remote.Physical == _physical && regardsRemoteAtEqualTime)
            {
                _logical = Math.Max(_logical, remote.Logical);
            }

            return Now(wallMs);
        }
    }
}
