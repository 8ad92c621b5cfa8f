using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>
/// What has been seen of each actor: its first <c>n</c> events, for every actor. Two clocks tell whether one history contains
/// the other, or whether both hold something new, a conflict.
/// </summary>
/// <remarks>
/// <para>
/// A clock is a set of <see cref="Dot"/>s, written as the highest counter of each actor: <c>{a:2, b:1}</c> has seen a's events 1 and 2
/// and b's event 1. An actor that is absent has the counter 0, and zeros are never stored, so that a history has exactly one
/// clock: equality, hash code, bytes and text are canonical, whatever the order of the operations, the process or the machine.
/// </para>
/// <para>
/// An actor id names one incarnation of a replica. A replica that may have lost its last events must go on under a new id,
/// or two different events get the same dot and one of them is lost without a trace.
/// </para>
/// <para>
/// Immutable: every operation returns a clock and changes none, so that all members are safe from any thread. Actors and
/// counters lie in two sorted arrays; clocks with the same actors may share the first. A lookup takes O(log n), all else O(n).
/// The order is partial, which is why there is no <see cref="IComparable"/> and no operator.
/// </para>
/// <para>Source: C. Fidge, 1988; F. Mattern, "Virtual Time and Global States of Distributed Systems", 1988; for versions of data: Parker et al., 1983.</para>
/// </remarks>
[JsonConverter(typeof(ClockJsonConverter<VectorClock>))]
[CollectionBuilder(typeof(VectorClock), nameof(From))]
public sealed partial class VectorClock
    : IEquatable<VectorClock>, ISpanFormattable, IUtf8SpanFormattable, ISpanParsable<VectorClock>, IUtf8SpanParsable<VectorClock>
{
    /// <summary>The most actors a clock may have: 65,536. What would exceed it throws, and decoders refuse it.</summary>
    public const int MaxCount = 65_536;

    // Invariant: the same length, at most MaxCount; actors strictly ascending; no counter zero; never written again.
    private readonly ulong[] _actors;
    private readonly ulong[] _counters;

    private VectorClock(ulong[] actors, ulong[] counters)
    {
        _actors = actors;
        _counters = counters;
        AssertInvariants();
    }

    /// <summary>Gets the clock that has seen nothing: before every other.</summary>
    public static VectorClock Empty { get; } = new([], []);

    /// <summary>Gets the number of actors of which an event has been seen.</summary>
    /// <value>0 to <see cref="MaxCount"/>.</value>
    public int Count => _actors.Length;

    /// <summary>Gets how many events of an actor have been seen. O(log n), allocates nothing.</summary>
    /// <param name="actor">Any actor.</param>
    /// <value>The actor's counter; 0 when none of its events has been seen.</value>
    public ulong this[ulong actor] => CounterOf(_actors, _counters, actor);

    /// <summary>Makes a clock of entries, in any order. Also what a collection expression calls: <c>VectorClock clock = [new(a, 2), new(b, 1)];</c>.</summary>
    /// <param name="entries">For each actor the last dot seen.</param>
    /// <returns>The clock that has seen these dots and all earlier ones of their actors. O(n log n).</returns>
    /// <exception cref="ArgumentException">An actor appears twice, a counter is 0, or there are more than <see cref="MaxCount"/> entries.</exception>
    public static VectorClock From(params ReadOnlySpan<Dot> entries)
    {
        if (entries.Length > MaxCount)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(entries)} must be at most {MaxCount}, but were {entries.Length}."), nameof(entries));
        }

        var actors = new ulong[entries.Length];
        var counters = new ulong[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            (actors[i], counters[i]) = entries[i];
            if (counters[i] == 0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(entries)}[{i}] has the counter 0; counters start at 1."), nameof(entries));
            }
        }

        Array.Sort(actors, counters);
        for (int i = 1; i < actors.Length; i++)
        {
            if (actors[i] == actors[i - 1])
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(entries)} must have each actor once, but have {actors[i]:x16} more than once."), nameof(entries));
            }
        }

        return actors.Length == 0 ? Empty : new VectorClock(actors, counters);
    }

    /// <summary>Adds the next event of an actor. O(n).</summary>
    /// <param name="actor">Who makes the event.</param>
    /// <returns>A clock after this one, by the one event.</returns>
    /// <exception cref="OverflowException">The actor's counter is already <see cref="ulong.MaxValue"/>.</exception>
    /// <exception cref="InvalidOperationException">The actor would be one more than <see cref="MaxCount"/>.</exception>
    public VectorClock Increment(ulong actor) => Increment(actor, out _);

    /// <inheritdoc cref="Increment(ulong)"/>
    /// <param name="actor">Who makes the event.</param>
    /// <param name="dot">The event: the one dot that the result contains and this clock does not.</param>
    public VectorClock Increment(ulong actor, out Dot dot)
    {
        int index = _actors.AsSpan().BinarySearch(actor);
        if (index >= 0)
        {
            dot = Next(actor, _counters[index]);
            ulong[] counters = Copy(_counters);
            counters[index] = dot.Counter;
            return new VectorClock(_actors, counters);
        }

        ThrowIfFull(Count);
        dot = new Dot(actor, 1);
        return new VectorClock(InsertAt(_actors, ~index, actor), InsertAt(_counters, ~index, 1));
    }

    /// <summary>Forgets an actor. The result no longer tells that the actor's events were seen: it may be concurrent with clocks that this one descends.</summary>
    /// <param name="actor">The actor to drop, present or not.</param>
    /// <returns>A clock without the actor, this one when it has none of its events. O(n).</returns>
    public VectorClock Without(ulong actor)
    {
        int index = _actors.AsSpan().BinarySearch(actor);
        if (index < 0)
        {
            return this;
        }

        return Count == 1 ? Empty : new VectorClock(RemoveAt(_actors, index), RemoveAt(_counters, index));
    }

    /// <summary>Tells whether an event has been seen. O(log n), allocates nothing.</summary>
    /// <param name="dot">The event.</param>
    /// <returns><see langword="true"/> when the actor's counter is at least the dot's; <see langword="false"/> for a dot of counter 0, which is no event.</returns>
    public bool Contains(Dot dot) => dot.Counter != 0 && this[dot.Actor] >= dot.Counter;

    /// <summary>Tells whether both clocks have seen the same events. O(n), allocates nothing.</summary>
    /// <param name="other">The other clock; <see langword="null"/> equals none.</param>
    /// <returns><see langword="true"/> exactly when <see cref="Compare"/> answers <see cref="CausalOrder.Equal"/>.</returns>
    public bool Equals([NotNullWhen(true)] VectorClock? other) =>
        other is not null && _actors.AsSpan().SequenceEqual(other._actors) && _counters.AsSpan().SequenceEqual(other._counters);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as VectorClock);

    /// <summary>Returns a hash of the entries, the same in every process and on every machine. O(n).</summary>
    /// <returns>Equal for equal clocks.</returns>
    public override int GetHashCode()
    {
        // Not HashCode: its seed differs by process. Each multiplication is by an odd constant, and so loses nothing.
        ulong hash = (ulong)Count;
        for (int i = 0; i < _actors.Length; i++)
        {
            hash = BitOperations.RotateLeft(hash ^ _actors[i], 29) * 0x9E3779B97F4A7C15;
            hash = BitOperations.RotateLeft(hash ^ _counters[i], 31) * 0xD6E8FEB86659FD93;
        }

        return (int)(hash >> 32);
    }

    /// <summary>Enumerates the last dot of each actor, in ascending order of actors. Allocates nothing.</summary>
    /// <returns>An enumerator for <c>foreach</c> and spreads: <c>Dot[] dots = [.. clock];</c>.</returns>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Makes a builder that starts as this clock: for many operations in a row, which then change one pair of arrays in place. O(1).</summary>
    /// <returns>A builder of its own; nothing done to it changes this clock.</returns>
    public Builder ToBuilder() => new(this);

    private static ulong CounterOf(ReadOnlySpan<ulong> actors, ReadOnlySpan<ulong> counters, ulong actor)
    {
        int index = actors.BinarySearch(actor);
        return index < 0 ? 0 : counters[index];
    }

    private static Dot Next(ulong actor, ulong counter)
    {
        if (counter == ulong.MaxValue)
        {
            throw new OverflowException(string.Create(CultureInfo.InvariantCulture, $"The counter of actor {actor:x16} is at its maximum, {counter}; go on under a new actor id."));
        }

        return new Dot(actor, counter + 1);
    }

    private static void ThrowIfFull(int count)
    {
        if (count >= MaxCount)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A clock has at most {MaxCount} actors."));
        }
    }

    private static ulong[] Copy(ReadOnlySpan<ulong> source)
    {
        ulong[] copy = GC.AllocateUninitializedArray<ulong>(source.Length);
        source.CopyTo(copy);
        return copy;
    }

    private static ulong[] InsertAt(ReadOnlySpan<ulong> source, int index, ulong value)
    {
        ulong[] longer = GC.AllocateUninitializedArray<ulong>(source.Length + 1);
        source[..index].CopyTo(longer);
        longer[index] = value;
        source[index..].CopyTo(longer.AsSpan(index + 1));
        return longer;
    }

    private static ulong[] RemoveAt(ReadOnlySpan<ulong> source, int index)
    {
        ulong[] shorter = GC.AllocateUninitializedArray<ulong>(source.Length - 1);
        source[..index].CopyTo(shorter);
        source[(index + 1)..].CopyTo(shorter.AsSpan(index));
        return shorter;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(_actors.Length == _counters.Length, "Every actor has a counter.");
        Debug.Assert(_actors.Length <= MaxCount, "A clock is bounded.");
        for (int i = 0; i < _actors.Length; i++)
        {
            Debug.Assert(i == 0 || _actors[i - 1] < _actors[i], "Actors ascend, each once.");
            Debug.Assert(_counters[i] != 0, "Zeros are never stored.");
        }
    }

    /// <summary>Enumerates a clock's dots; made by <see cref="VectorClock.GetEnumerator"/>. For one thread.</summary>
    public struct Enumerator
    {
        private readonly VectorClock _clock;
        private int _index;

        internal Enumerator(VectorClock clock)
        {
            _clock = clock;
            _index = -1;
        }

        /// <summary>Gets the dot at the enumerator's place: an actor and its counter.</summary>
        /// <value>Defined only after <see cref="MoveNext"/> has answered <see langword="true"/>.</value>
        public readonly Dot Current => new(_clock._actors[_index], _clock._counters[_index]);

        /// <summary>Moves on to the next actor, to the first on the first call.</summary>
        /// <returns><see langword="false"/> when there is none left.</returns>
        public bool MoveNext() => ++_index < _clock._actors.Length;
    }
}
