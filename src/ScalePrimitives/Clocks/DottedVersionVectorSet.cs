using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>
/// What a replica keeps of one key of a store that takes writes everywhere: the values that no write it knows of has replaced, its siblings,
/// and what it has seen. No write is lost, and none comes back: replicas that merge agree on exactly the values that no write or delete had read.
/// </summary>
/// <typeparam name="T">The values, which are immutable or treated so.</typeparam>
/// <remarks>
/// <para>Each value has the <see cref="Dot"/> of its write. A client reads <see cref="Values"/> with their <see cref="Context"/> and gives the context back with its next write,
/// which replaces what the client has read and leaves the rest beside it. Merging keeps a value that both have, or that one has and the other has
/// never seen; what the other has seen and no longer has was replaced.</para>
/// <para>Immutable: every operation returns a set and changes none, so that all members are safe from any thread. A replica replaces its set by one
/// compare-and-swap, or under a lock: two puts from the same set would give two values one dot. O(siblings + actors) each.</para>
/// <para>JSON is that of <see cref="DottedVersionVectorSetJsonConverter{T}"/>, without anything to add to the options, as long as these can write the values.</para>
/// <para>Source: Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and Accurate Causality Tracking for Eventually Consistent Stores", 2014.</para>
/// </remarks>
[JsonConverter(typeof(DottedVersionVectorSetJsonConverterFactory))]
public sealed class DottedVersionVectorSet<T> : IEquatable<DottedVersionVectorSet<T>>, DottedVersionVectorSetJsonConverterFactory.IMakesConverter
{
    // Invariant: the same length; dots in order (Order), each once, each seen by the context.
    private readonly Dot[] _dots;
    private readonly T[] _values;

    private DottedVersionVectorSet(CausalContext context, Dot[] dots, T[] values)
    {
        (Context, _dots, _values) = (context, dots, values);
        AssertInvariants();
    }

    /// <summary>Gets the set of a key that nobody has written.</summary>
    public static DottedVersionVectorSet<T> Empty { get; } = new(CausalContext.Empty, [], []);

    /// <summary>Gets the values that nothing known has replaced. Two or more are a conflict. By actor, those of one actor newest first: the same order on every replica.</summary>
    public ImmutableArray<T> Values => ImmutableCollectionsMarshal.AsImmutableArray(_values);

    /// <summary>Gets the write of each of the <see cref="Values"/>, in the same order.</summary>
    public ImmutableArray<Dot> Dots => ImmutableCollectionsMarshal.AsImmutableArray(_dots);

    /// <summary>Gets what a reader of <see cref="Values"/> has seen: to be given back with its next write.</summary>
    public CausalContext Context { get; }

    /// <summary>Makes a set of its parts, as read from a disk or the network.</summary>
    /// <param name="context">What was seen.</param>
    /// <param name="siblings">The values with their dots, in any order.</param>
    /// <returns>The set that has them.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A dot appears twice, or the context has not seen it.</exception>
    public static DottedVersionVectorSet<T> Create(CausalContext context, IEnumerable<KeyValuePair<Dot, T>> siblings)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(siblings);
        KeyValuePair<Dot, T>[] sorted = [.. siblings];
        Array.Sort(sorted, static (left, right) => Order(left.Key, right.Key));
        for (int i = 0; i < sorted.Length; i++)
        {
            Dot dot = sorted[i].Key;
            if (!context.Contains(dot) || (i > 0 && sorted[i - 1].Key == dot))
            {
                throw new ArgumentException($"The dot {dot} must be one that the context {context} has seen, and appear once.", nameof(siblings));
            }
        }

        return new DottedVersionVectorSet<T>(context, Array.ConvertAll(sorted, pair => pair.Key), Array.ConvertAll(sorted, pair => pair.Value));
    }

    /// <summary>Writes a value: it replaces all that the writer has read, and stands beside the rest.</summary>
    /// <param name="context">The context that came with the writer's read; <see cref="CausalContext.Empty"/> when it has not read, which replaces nothing.</param>
    /// <param name="value">The value.</param>
    /// <param name="actor">This replica's <see cref="ActorLease.Actor"/>.</param>
    /// <returns>The set with the value, under the next dot of the actor.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="context"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The context has seen an event of the actor that this set has not: the replica has lost it and needs a new epoch
    /// (<see cref="ActorLease.RenewAsync"/>). Or there would be more than <see cref="VectorClock.MaxCount"/> actors.</exception>
    /// <exception cref="OverflowException">The actor's counter is already <see cref="ulong.MaxValue"/>.</exception>
    public DottedVersionVectorSet<T> Put(CausalContext context, T value, ulong actor) => Put(context, value, actor, out _);

    /// <inheritdoc cref="Put(CausalContext, T, ulong)"/>
    /// <param name="context">The context that came with the writer's read; <see cref="CausalContext.Empty"/> when it has not read, which replaces nothing.</param>
    /// <param name="value">The value.</param>
    /// <param name="actor">This replica's <see cref="ActorLease.Actor"/>.</param>
    /// <param name="dot">The write.</param>
    public DottedVersionVectorSet<T> Put(CausalContext context, T value, ulong actor, out Dot dot)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context[actor] > Context[actor])
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The writer has seen event {context[actor]} of actor {actor:x16}, which has made {Context[actor]} here: events were lost, and the replica must go on under a new epoch."));
        }

        VectorClock seen = Context.Seen.Merge(context.Seen).Increment(actor, out dot);
        int kept = CountUnseen(context);
        var survivors = new Survivors(kept + 1);
        bool placed = false;
        for (int i = 0; i < _dots.Length; i++)
        {
            if (context.Contains(_dots[i]))
            {
                continue;
            }

            if (!placed && Order(dot, _dots[i]) < 0)
            {
                survivors.Add(dot, value);
                placed = true;
            }

            survivors.Add(_dots[i], _values[i]);
        }

        if (!placed)
        {
            survivors.Add(dot, value);
        }

        return survivors.ToSet(new CausalContext(seen));
    }

    /// <summary>Removes all that a client has read, and nothing else: what was written without its knowledge stays.</summary>
    /// <param name="context">The context that came with the client's read.</param>
    /// <returns>The set without those values. It remembers having seen them, so that no replica brings them back; to forget that too, a new epoch is needed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="context"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="VectorClock.MaxCount"/> actors.</exception>
    public DottedVersionVectorSet<T> Delete(CausalContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        CausalContext seen = Context.Merge(context);
        var survivors = new Survivors(CountUnseen(context));
        for (int i = 0; i < _dots.Length; i++)
        {
            if (!context.Contains(_dots[i]))
            {
                survivors.Add(_dots[i], _values[i]);
            }
        }

        return survivors.ToSet(seen);
    }

    /// <summary>Joins what two replicas have of the key. Commutative, associative and idempotent.</summary>
    /// <param name="other">The other replica's set.</param>
    /// <returns>The values that both have, or that one has and the other has never seen. One of the two sets itself, when it has all of it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="other"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There would be more than <see cref="VectorClock.MaxCount"/> actors.</exception>
    public DottedVersionVectorSet<T> Merge(DottedVersionVectorSet<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Equals(other))
        {
            return this;
        }

        CausalContext seen = Context.Merge(other.Context);
        Survivors counted = default;
        Walk(other, ref counted);
        if (counted.IsAllOf(_dots.Length, counted.Mine) && seen.Equals(Context))
        {
            return this;
        }

        if (counted.IsAllOf(other._dots.Length, counted.Theirs) && seen.Equals(other.Context))
        {
            return other;
        }

        var survivors = new Survivors(counted.Count);
        Walk(other, ref survivors);
        return survivors.ToSet(seen);
    }

    /// <summary>Ends a conflict: writes one value in place of all. A put over the set's own context.</summary>
    /// <param name="merge">Makes one value of several, in the order of <see cref="Values"/>.</param>
    /// <param name="actor">This replica's <see cref="ActorLease.Actor"/>.</param>
    /// <returns>The set with the one value; this set when it has no conflict, for a write without need would be a new conflict with another replica's.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="merge"/> is null.</exception>
    public DottedVersionVectorSet<T> Resolve(Func<ImmutableArray<T>, T> merge, ulong actor)
    {
        ArgumentNullException.ThrowIfNull(merge);
        return _values.Length < 2 ? this : Put(Context, merge(Values), actor);
    }

    /// <summary>Tells whether both have seen the same writes and kept the same of them. The values are not looked at: a dot names one value.</summary>
    /// <param name="other">The other set; <see langword="null"/> equals none.</param>
    /// <returns>Whether they are equal.</returns>
    public bool Equals([NotNullWhen(true)] DottedVersionVectorSet<T>? other) =>
        other is not null && Context.Equals(other.Context) && _dots.AsSpan().SequenceEqual(other._dots);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as DottedVersionVectorSet<T>);

    /// <inheritdoc cref="VectorClock.GetHashCode"/>
    public override int GetHashCode() => (Context.GetHashCode() * 31) + _dots.Length;

    /// <summary>Returns the values and what was seen, for a log: <c>[a, b] {0000000100000001:2}</c>.</summary>
    /// <returns>The text, which is not meant to be read back.</returns>
    public override string ToString() => $"[{string.Join(", ", _values)}] {Context}";

    JsonConverter DottedVersionVectorSetJsonConverterFactory.IMakesConverter.MakeConverter() => new DottedVersionVectorSetJsonConverter<T>();

    // By actor; of one actor the newest first, as readers want them.
    private static int Order(Dot left, Dot right) =>
        left.Actor != right.Actor ? left.Actor.CompareTo(right.Actor) : right.Counter.CompareTo(left.Counter);

    // Side by side, in order: what both have, and what one has and the other has never seen.
    private void Walk(DottedVersionVectorSet<T> other, ref Survivors survivors)
    {
        int i = 0;
        int j = 0;
        while (i < _dots.Length || j < other._dots.Length)
        {
            int order = i == _dots.Length ? 1 : j == other._dots.Length ? -1 : Order(_dots[i], other._dots[j]);
            if (order == 0 || (order < 0 && !other.Context.Contains(_dots[i])))
            {
                survivors.Mine++;
                survivors.Theirs += order == 0 ? 1 : 0;
                survivors.Add(_dots[i], _values[i]);
            }
            else if (order > 0 && !Context.Contains(other._dots[j]))
            {
                survivors.Theirs++;
                survivors.Add(other._dots[j], other._values[j]);
            }

            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
    }

    private int CountUnseen(CausalContext context)
    {
        int count = 0;
        foreach (Dot dot in _dots)
        {
            count += context.Contains(dot) ? 0 : 1;
        }

        return count;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(_dots.Length == _values.Length, "Every value has a dot.");
        for (int i = 0; i < _dots.Length; i++)
        {
            Debug.Assert(Context.Contains(_dots[i]), "The context has seen every dot.");
            Debug.Assert(i == 0 || Order(_dots[i - 1], _dots[i]) < 0, "Dots are in order, each once.");
        }
    }

    /// <summary>Takes the values of a new set, in order; the default one only counts them.</summary>
    private struct Survivors(int capacity)
    {
        private readonly Dot[]? _dots = capacity == 0 ? [] : new Dot[capacity];
        private readonly T[]? _values = capacity == 0 ? [] : new T[capacity];

        public int Count { get; private set; }

        /// <summary>How many are the one set's, and how many the other's.</summary>
        public int Mine { get; set; }

        public int Theirs { get; set; }

        public readonly bool IsAllOf(int size, int from) => from == Count && size == Count;

        public void Add(Dot dot, T value)
        {
            if (_dots is not null)
            {
                (_dots[Count], _values![Count]) = (dot, value);
            }

            Count++;
        }

        public readonly DottedVersionVectorSet<T> ToSet(CausalContext context) => new(context, _dots!, _values!);
    }
}
