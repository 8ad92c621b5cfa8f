using System.Buffers;

namespace ScalePrimitives.Hashing;

/// <summary>
/// Keeps the earliest few of many arrivals in a buffer of twice as many: whenever it is full, it is sorted and its later half
/// forgotten. As what comes later than the rest is refused at once, n arrivals in random order cost expected
/// O(n + k log k log(n / k)) for the first k.
/// </summary>
internal ref struct FirstArrivals
{
    /// <summary>How long a buffer the caller gives; when more are wanted than half of it, a pooled one takes its place.</summary>
    public const int BufferLength = 64;

    private readonly int _wanted;
    private readonly Arrival[]? _rented;
    private readonly Span<Arrival> _buffer;
    private Arrival _limit = Arrival.Never;
    private int _count;

    public FirstArrivals(Span<Arrival> buffer, int wanted)
    {
        _wanted = wanted;
        _rented = 2 * wanted <= buffer.Length ? null : ArrayPool<Arrival>.Shared.Rent(2 * wanted);
        _buffer = _rented ?? buffer;
    }

    /// <summary>Gets the time after which no arrival is among the earliest; infinity while there are few.</summary>
    public readonly double LastTime => _limit.Time;

    /// <summary>Says whether an arrival may be among the earliest.</summary>
    public readonly bool Admits(Arrival arrival) => arrival.IsBefore(_limit);

    /// <summary>Takes in an arrival that it admits.</summary>
    public void Add(Arrival arrival)
    {
        _buffer[_count++] = arrival;
        if (_count == 2 * _wanted)
        {
            _buffer[.._count].Sort();
            _count = _wanted;
            _limit = _buffer[_wanted - 1];
        }
    }

    /// <summary>Writes the nodes of the earliest arrivals, earliest first, and gives the buffer back.</summary>
    /// <returns>How many: those wanted, or as many as were offered.</returns>
    public readonly int Finish(Span<int> destination)
    {
        int count = Math.Min(_wanted, _count);
        _buffer[.._count].Sort();
        for (int i = 0; i < count; i++)
        {
            destination[i] = _buffer[i].Node;
        }

        if (_rented is not null)
        {
            ArrayPool<Arrival>.Shared.Return(_rented);
        }

        return count;
    }
}
