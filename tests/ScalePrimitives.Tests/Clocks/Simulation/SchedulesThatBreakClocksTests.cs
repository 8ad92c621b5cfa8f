using ScalePrimitives.Clocks;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>The schedules for which simpler rules lose a write, each with the rule and without it.</summary>
public class SchedulesThatBreakClocksTests
{
    private const ulong A = 0x0000000100000001;
    private const ulong NextA = 0x0000000100000002;
    private const ulong B = 0x0000000200000001;

    private static readonly DottedVersionVectorSet<string> Nothing = DottedVersionVectorSet<string>.Empty;

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    // A writes 1, 2, 3; B has them all. A loses 3, starts again, and skips ahead in its counter so as not to use a dot twice.
    [Fact]
    public void A_counter_that_skips_ahead_claims_to_have_seen_what_it_lost()
    {
        DottedVersionVectorSet<string> two = Nothing.Put(CausalContext.Empty, "1", A).Put(CausalContext.Empty, "2", A);
        DottedVersionVectorSet<string> atB = Nothing.Merge(two.Put(CausalContext.Empty, "3", A));
        var skipped = DottedVersionVectorSet<string>.Create(
            CausalContext.Parse("{0000000100000001:1001}", null), [new(new Dot(A, 1001), "after"), new(new Dot(A, 2), "2"), new(new Dot(A, 1), "1")]);
        Assert.DoesNotContain("3", skipped.Merge(atB).Values);

        DottedVersionVectorSet<string> renewed = two.Put(CausalContext.Empty, "after", NextA);
        Assert.Equal(["3", "2", "1", "after"], renewed.Merge(atB).Values);
    }

    // A client that makes an event of its own context names one that another's blind write will have.
    [Fact]
    public void A_context_that_is_incremented_erases_a_write_that_was_not_read()
    {
        DottedVersionVectorSet<string> first = Nothing.Put(CausalContext.Empty, "read", A);
        DottedVersionVectorSet<string> blind = first.Put(CausalContext.Empty, "blind", A);
        var forged = CausalContext.Parse("{0000000100000001:2}", null); // first.Context and one more
        Assert.DoesNotContain("blind", blind.Put(forged, "written", A).Values);
        Assert.Contains("blind", blind.Put(first.Context, "written", A).Values);
        Assert.DoesNotContain(typeof(CausalContext).GetMethods(), method => method.Name.Contains("Increment", StringComparison.Ordinal));
    }

    // A purges the key wholly, and writes it again while B still has the old write.
    [Fact]
    public void A_purged_key_that_is_written_under_the_old_id_takes_an_old_dot_again()
    {
        DottedVersionVectorSet<string> atB = Nothing.Put(CausalContext.Empty, "old", A).Put(CausalContext.Empty, "older sibling", A);
        DottedVersionVectorSet<string> written = Nothing.Put(CausalContext.Empty, "new", A);
        Assert.DoesNotContain("new", atB.Merge(written).Values); // taken for the old write of that dot
        Assert.Contains("new", atB.Merge(Nothing.Put(CausalContext.Empty, "new", NextA)).Values);

        // Deleted and not purged, the key keeps what it has seen.
        DottedVersionVectorSet<string> deleted = atB.Delete(atB.Context);
        Assert.Equal(["new"], atB.Merge(deleted.Put(CausalContext.Empty, "new", A)).Values);
    }

    // A restores an older copy and does not know it; a client that has read the lost write comes back.
    [Fact]
    public async Task A_replica_that_meets_what_it_has_lost_goes_on_under_a_new_epoch()
    {
        ActorLease lease = await ActorLease.AcquireAsync(new InMemoryActorEpochStore(), replica: 1, TestToken);
        DottedVersionVectorSet<string> one = Nothing.Put(CausalContext.Empty, "1", lease.Actor);
        DottedVersionVectorSet<string> two = one.Put(one.Context, "2", lease.Actor);
        DottedVersionVectorSet<string> atB = Nothing.Merge(two).Put(CausalContext.Empty, "B's", B);

        Assert.True(lease.HasLostEvents(one.Context, atB.Context));
        Assert.Throws<InvalidOperationException>(() => one.Put(two.Context, "3", lease.Actor));
        ulong actor = await lease.RenewAsync(lease.Actor, TestToken);
        DottedVersionVectorSet<string> restored = one.Put(CausalContext.Empty, "3", actor);
        Assert.Equal(["2", "3", "B's"], restored.Merge(atB).Values);

        // Without the rule the write takes the dot of the one that was lost.
        Assert.DoesNotContain("3", atB.Merge(one.Put(CausalContext.Empty, "3", A)).Values);
    }

    [Fact]
    public async Task A_hybrid_clock_that_starts_again_without_its_mark_repeats_stamps()
    {
        var time = new ManualTimeProvider();
        var options = new HybridClockOptions { TimeProvider = time };
        var store = new InMemoryClockMarkStore();
        var unmarked = new HybridLogicalClock(options);
        HybridLogicalClock marked = await HybridLogicalClock.OpenAsync(store, options, TestToken);
        HybridTimestamp issued = unmarked.Now();
        HybridTimestamp issuedUnderMark = marked.Now();

        // Set back while it was down: the clock comes by the same time again.
        time.StepWall(TimeSpan.FromMilliseconds(-1));
        Task<HybridLogicalClock> opening = HybridLogicalClock.OpenAsync(store, options, TestToken);
        var again = new HybridLogicalClock(options);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(issued, again.Now());
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True((await opening).Now() > issuedUnderMark);
    }
}
