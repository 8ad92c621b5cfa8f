using FsCheck;
using FsCheck.Fluent;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>
/// Replicas that make events and learn of one another's, beside the oracle: the plain set of events that each has heard of.
/// Set inclusion is causality by definition; the clocks must say the same after every step, for every two states that ever were.
/// </summary>
public class VectorClockModelTests
{
    private const int Replicas = 4;

    // Not in the order of their indexes, and at both ends of the range.
    private static readonly ulong[] Actors = [1UL << 63, 0, ulong.MaxValue, 0x0000_0007_0000_0001];

    public enum Action
    {
        Increment,
        IncrementInBuilder,
        Merge,
        MergeInBuilder,
        MergeFromBytes,
        MergeFromText,
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(VectorClockModelTests)])]
    public void Clocks_say_what_the_sets_of_events_say(Step[] steps)
    {
        // Replica r owns the stretch of states r, so that an actor's events are made in one place.
        var current = Enumerable.Range(0, Replicas).Select(_ => new State([], VectorClock.Empty)).ToArray();
        var all = new List<State>(current);
        foreach (Step step in steps)
        {
            State next = Apply(step, current[step.Replica], current[step.From]);
            current[step.Replica] = next;
            all.Add(next);
            foreach (State other in all)
            {
                Assert.Equal(OrderOf(next.Events, other.Events), next.Clock.Compare(other.Clock));
                Assert.Equal(OrderOf(other.Events, next.Events), other.Clock.Compare(next.Clock));
                Assert.Equal(other.Events.IsSubsetOf(next.Events), next.Clock.Descends(other.Clock));
                Assert.Equal(next.Events.SetEquals(other.Events), next.Clock.Equals(other.Clock));
            }

            foreach (Dot dot in current.SelectMany(state => state.Events))
            {
                Assert.Equal(next.Events.Contains(dot), next.Clock.Contains(dot));
            }
        }
    }

    public static Arbitrary<Step[]> Steps()
    {
        Gen<Step> step =
            from action in Gen.Elements(Enum.GetValues<Action>())
            from replica in Gen.Choose(0, Replicas - 1)
            from source in Gen.Choose(0, Replicas - 1)
            select new Step(action, replica, source);
        return Arb.From(
            from count in Gen.Choose(0, 40) from steps in step.ArrayOf(count) select steps,
            steps => Enumerable.Range(0, steps.Length).Select(i => (Step[])[.. steps[..i], .. steps[(i + 1)..]]));
    }

    private static State Apply(Step step, State state, State from)
    {
        ulong actor = Actors[step.Replica];
        VectorClock.Builder builder = state.Clock.ToBuilder();
        switch (step.Action)
        {
            case Action.Increment:
                VectorClock next = state.Clock.Increment(actor, out Dot dot);
                return new State([.. state.Events, dot], next);
            case Action.IncrementInBuilder:
                Dot made = builder.Increment(actor);
                return new State([.. state.Events, made], builder.ToVectorClock());
            case Action.MergeInBuilder:
                builder.Merge(from.Clock);
                return new State([.. state.Events, .. from.Events], builder.ToVectorClock());
            case Action.MergeFromBytes:
                Assert.True(VectorClock.TryRead(VectorClockProperties.Encode(from.Clock), out VectorClock? read, out _));
                return new State([.. state.Events, .. from.Events], state.Clock.Merge(read));
            case Action.MergeFromText:
                return new State([.. state.Events, .. from.Events], state.Clock.Merge(VectorClock.Parse($"{from.Clock}", null)));
            default:
                return new State([.. state.Events, .. from.Events], state.Clock.Merge(from.Clock));
        }
    }

    private static CausalOrder OrderOf(HashSet<Dot> left, HashSet<Dot> right) => (left.IsSubsetOf(right), right.IsSubsetOf(left)) switch
    {
        (true, true) => CausalOrder.Equal,
        (true, false) => CausalOrder.Before,
        (false, true) => CausalOrder.After,
        _ => CausalOrder.Concurrent,
    };

    public sealed record Step(Action Action, int Replica, int From);

    private sealed record State(HashSet<Dot> Events, VectorClock Clock);
}
