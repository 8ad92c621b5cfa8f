namespace ScalePrimitives.Sharding;

/// <summary>
/// Counters that stand in order of their values at any time, in O(1) a step: those of one value stand together as a group, and one that is incremented changes places with the last of its
/// group, beside which the next group begins. Not thread-safe.
/// </summary>
internal sealed class RankedCounters
{
    private readonly int[] _order; // counters by place, values rising
    private readonly int[] _placeOf;
    private readonly int[] _groupOf;
    private readonly Group[] _groups;
    private readonly int[] _freeGroups;
    private int _freeCount;

    public RankedCounters(int count)
    {
        _order = [.. Enumerable.Range(0, count)];
        _placeOf = [.. _order];
        _groupOf = new int[count];
        _groups = new Group[count + 1]; // one more than values, as a new group begins before an old one ends
        _freeGroups = [.. Enumerable.Range(1, count)];
        _freeCount = count;
        _groups[0] = new Group(0, 0, count - 1);
    }

    /// <summary>Gets one of those with the least value.</summary>
    public int Least => _order[0];

    public long this[int counter] => _groups[_groupOf[counter]].Value;

    /// <summary>Gets the counter of a rank, 0 being the greatest.</summary>
    public int FromTop(int rank) => _order[^(rank + 1)];

    public void Increment(int counter)
    {
        int own = _groupOf[counter];
        ref Group group = ref _groups[own];
        int last = group.Last;
        int other = _order[last];
        int place = _placeOf[counter];
        (_order[place], _order[last]) = (other, counter);
        (_placeOf[other], _placeOf[counter]) = (place, last);

        int next = last + 1 < _order.Length ? _groupOf[_order[last + 1]] : -1;
        if (next >= 0 && _groups[next].Value == group.Value + 1)
        {
            _groups[next].First = last;
            _groupOf[counter] = next;
        }
        else if (group.First == last)
        {
            group.Value++; // alone: its group goes with it
            return;
        }
        else
        {
            int created = _freeGroups[--_freeCount];
            _groups[created] = new Group(group.Value + 1, last, last);
            _groupOf[counter] = created;
        }

        if (group.First == group.Last--)
        {
            _freeGroups[_freeCount++] = own;
        }
    }

    /// <summary>Halves all values, rounding up. The order stays; groups may become one. O(counters).</summary>
    public void Halve()
    {
        int previous = -1;
        for (int first = 0, last; first < _order.Length; first = last + 1)
        {
            int own = _groupOf[_order[first]];
            last = _groups[own].Last;
            long value = (_groups[own].Value + 1) / 2;
            if (previous >= 0 && _groups[previous].Value == value)
            {
                _groups[previous].Last = last;
                foreach (int counter in _order.AsSpan(first..(last + 1)))
                {
                    _groupOf[counter] = previous;
                }

                _freeGroups[_freeCount++] = own;
            }
            else
            {
                _groups[own].Value = value;
                previous = own;
            }
        }
    }

    /// <summary>The counters of one value: where they stand.</summary>
    private record struct Group(long Value, int First, int Last);
}
