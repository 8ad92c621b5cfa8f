using ScalePrimitives.Clocks;

namespace ScalePrimitives.Benchmarks.Clocks;

/// <summary>The textbook's vector clock: a dictionary from actor to counter, copied on change; compared by asking both ways who has seen all of the other.</summary>
internal sealed class DictionaryClock(Dictionary<ulong, ulong> counters)
{
    private readonly Dictionary<ulong, ulong> _counters = counters;

    public CausalOrder Compare(DictionaryClock other) => (Descends(other), other.Descends(this)) switch
    {
        (true, true) => CausalOrder.Equal,
        (true, false) => CausalOrder.After,
        (false, true) => CausalOrder.Before,
        _ => CausalOrder.Concurrent,
    };

    public DictionaryClock Merge(DictionaryClock other)
    {
        var merged = new Dictionary<ulong, ulong>(_counters);
        foreach ((ulong actor, ulong counter) in other._counters)
        {
            if (!merged.TryGetValue(actor, out ulong mine) || mine < counter)
            {
                merged[actor] = counter;
            }
        }

        return new DictionaryClock(merged);
    }

    public DictionaryClock Increment(ulong actor)
    {
        var incremented = new Dictionary<ulong, ulong>(_counters);
        incremented[actor] = incremented.GetValueOrDefault(actor) + 1;
        return new DictionaryClock(incremented);
    }

    private bool Descends(DictionaryClock other)
    {
        foreach ((ulong actor, ulong counter) in other._counters)
        {
            if (!_counters.TryGetValue(actor, out ulong mine) || mine < counter)
            {
                return false;
            }
        }

        return true;
    }
}
