namespace ScalePrimitives.Clocks;

public sealed partial class VectorClock
{
    /// <summary>
    /// A clock that changes in place: many operations in a row without a new clock for each. Starts empty, or as the clock whose
    /// <see cref="ToBuilder"/> made it. Not thread-safe.
    /// </summary>
    /// <remarks>An operation that throws changes nothing.</remarks>
    public sealed class Builder
    {
        // Arrays that a clock has, too, are only borrowed: they are copied before the first write to them.
        private ulong[] _actors;
        private ulong[] _counters;
        private bool _borrowsActors = true;
        private bool _borrowsCounters = true;

        /// <summary>Makes a builder that has seen nothing.</summary>
        public Builder()
            : this(Empty)
        {
        }

        internal Builder(VectorClock clock)
        {
            _actors = clock._actors;
            _counters = clock._counters;
            Count = clock.Count;
        }

        /// <summary>Gets the number of actors of which an event has been seen.</summary>
        /// <value>0 to <see cref="MaxCount"/>.</value>
        public int Count { get; private set; }

        private ReadOnlySpan<ulong> Actors => _actors.AsSpan(0, Count);

        private ReadOnlySpan<ulong> Counters => _counters.AsSpan(0, Count);

        /// <summary>Gets how many events of an actor have been seen. O(log n), allocates nothing.</summary>
        /// <param name="actor">Any actor.</param>
        /// <value>The actor's counter; 0 when none of its events has been seen.</value>
        public ulong this[ulong actor] => CounterOf(Actors, Counters, actor);

        /// <summary>Adds the next event of an actor. O(log n) for an actor that is present, O(n) for a new one.</summary>
        /// <param name="actor">Who makes the event.</param>
        /// <returns>The event.</returns>
        /// <exception cref="OverflowException">The actor's counter is already <see cref="ulong.MaxValue"/>.</exception>
        /// <exception cref="InvalidOperationException">The actor would be one more than <see cref="MaxCount"/>.</exception>
        public Dot Increment(ulong actor)
        {
            int index = Actors.BinarySearch(actor);
            if (index >= 0)
            {
                Dot next = Next(actor, _counters[index]);
                OwnCounters();
                _counters[index] = next.Counter;
                return next;
            }

            ThrowIfFull(Count);
            InsertAt(ref _actors, ref _borrowsActors, ~index, actor);
            InsertAt(ref _counters, ref _borrowsCounters, ~index, 1);
            Count++;
            return new Dot(actor, 1);
        }

        /// <summary>Joins another history to this one: for each actor the greater counter. O(n); allocates nothing when both have the same actors.</summary>
        /// <param name="other">The other clock.</param>
        /// <exception cref="InvalidOperationException">Together they have more than <see cref="MaxCount"/> actors.</exception>
        public void Merge(VectorClock other)
        {
            ArgumentNullException.ThrowIfNull(other);
            if (Actors.SequenceEqual(other._actors))
            {
                OwnCounters();
                CounterKernel.Max(Counters, other._counters, _counters.AsSpan(0, Count));
            }
            else
            {
                VectorClock merged = ToVectorClock().Merge(other);
                (_actors, _counters, Count) = (merged._actors, merged._counters, merged.Count);
                _borrowsActors = _borrowsCounters = true;
            }
        }

        /// <summary>Forgets an actor. O(n).</summary>
        /// <param name="actor">The actor to drop.</param>
        /// <returns><see langword="false"/> when none of its events had been seen.</returns>
        public bool Remove(ulong actor)
        {
            int index = Actors.BinarySearch(actor);
            if (index < 0)
            {
                return false;
            }

            RemoveAt(ref _actors, ref _borrowsActors, index);
            RemoveAt(ref _counters, ref _borrowsCounters, index);
            Count--;
            return true;
        }

        /// <summary>Returns a clock of what has been seen so far; the builder may go on. O(1), or O(n) when an actor was added or removed since the last.</summary>
        /// <returns>A clock that later operations on the builder do not change.</returns>
        public VectorClock ToVectorClock()
        {
            if (Count == 0)
            {
                return Empty;
            }

            Array.Resize(ref _actors, Count); // does nothing when it fits
            Array.Resize(ref _counters, Count);
            _borrowsActors = _borrowsCounters = true;
            return new VectorClock(_actors, _counters);
        }

        private void OwnCounters()
        {
            if (_borrowsCounters)
            {
                _counters = Copy(Counters);
                _borrowsCounters = false;
            }
        }

        private void InsertAt(ref ulong[] array, ref bool borrowed, int index, ulong value)
        {
            ReadOnlySpan<ulong> source = array.AsSpan(0, Count);
            if (borrowed || array.Length == Count)
            {
                array = new ulong[Math.Max(4, 2 * Count)];
                source[..index].CopyTo(array);
                borrowed = false;
            }

            source[index..].CopyTo(array.AsSpan(index + 1));
            array[index] = value;
        }

        private void RemoveAt(ref ulong[] array, ref bool borrowed, int index)
        {
            ReadOnlySpan<ulong> source = array.AsSpan(0, Count);
            if (borrowed)
            {
                array = VectorClock.RemoveAt(source, index);
                borrowed = false;
            }
            else
            {
                source[(index + 1)..].CopyTo(array.AsSpan(index));
            }
        }
    }
}
