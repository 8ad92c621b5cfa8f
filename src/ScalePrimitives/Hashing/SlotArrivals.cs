using System.Runtime.InteropServices;

namespace ScalePrimitives.Hashing;

/// <summary>The first three arrivals at a slot, earliest first; places that nobody took are <see cref="Nobody"/>.</summary>
/// <remarks>32 bytes, so that a slot never lies on two cache lines of 64.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
internal struct SlotArrivals
{
    public const int Places = 3;

    /// <summary>No index of a node: <see cref="NodeSet.MaxCount"/> nodes have the indexes below it.</summary>
    public const ushort Nobody = ushort.MaxValue;

    private double _firstTime;
    private double _secondTime;
    private double _thirdTime;
    private ushort _first;
    private ushort _second;
    private ushort _third;

    public static SlotArrivals None => new()
    {
        _firstTime = double.PositiveInfinity,
        _secondTime = double.PositiveInfinity,
        _thirdTime = double.PositiveInfinity,
        _first = Nobody,
        _second = Nobody,
        _third = Nobody,
    };

    public readonly ushort First => _first;

    public readonly ushort Second => _second;

    public readonly ushort Third => _third;

    /// <summary>Gets the time of the third arrival; infinity while there are fewer.</summary>
    public readonly double LastTime => _thirdTime;

    public readonly int Count => _first == Nobody ? 0 : _second == Nobody ? 1 : _third == Nobody ? 2 : 3;

    /// <summary>Gets the latest of the arrivals kept; one before all others when there is none.</summary>
    public readonly Arrival Latest => Count switch
    {
        0 => new Arrival(double.NegativeInfinity, -1),
        1 => new Arrival(_firstTime, _first),
        2 => new Arrival(_secondTime, _second),
        _ => new Arrival(_thirdTime, _third),
    };

    public readonly bool Contains(int node) => _first == node || _second == node || _third == node;

    /// <summary>Takes an arrival into its place, unless it comes after all three.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Offer(Arrival arrival)
    {
        if (!IsBefore(arrival, _thirdTime, _third))
        {
            return false;
        }

        if (!IsBefore(arrival, _secondTime, _second))
        {
            (_thirdTime, _third) = (arrival.Time, (ushort)arrival.Node);
            return true;
        }

        (_thirdTime, _third) = (_secondTime, _second);
        if (!IsBefore(arrival, _firstTime, _first))
        {
            (_secondTime, _second) = (arrival.Time, (ushort)arrival.Node);
            return true;
        }

        (_secondTime, _second) = (_firstTime, _first);
        (_firstTime, _first) = (arrival.Time, (ushort)arrival.Node);
        return true;
    }

    /// <summary>Takes a node out; those behind it move up, and the third place is free.</summary>
    public void Remove(int node)
    {
        if (_first == node)
        {
            (_firstTime, _first) = (_secondTime, _second);
            (_secondTime, _second) = (_thirdTime, _third);
        }
        else if (_second == node)
        {
            (_secondTime, _second) = (_thirdTime, _third);
        }

        (_thirdTime, _third) = (double.PositiveInfinity, Nobody);
    }

    /// <summary>Makes room in the numbering for a new node at an index: those at or after it move up by one.</summary>
    public void RenumberForAdded(int index)
    {
        _first = Up(_first);
        _second = Up(_second);
        _third = Up(_third);

        ushort Up(ushort node) => node >= index && node != Nobody ? (ushort)(node + 1) : node;
    }

    /// <summary>Closes the gap in the numbering that a removed node left: those after it move down by one.</summary>
    public void RenumberForRemoved(int index)
    {
        _first = Down(_first);
        _second = Down(_second);
        _third = Down(_third);

        ushort Down(ushort node) => node > index && node != Nobody ? (ushort)(node - 1) : node;
    }

    private static bool IsBefore(Arrival arrival, double time, ushort node) =>
        arrival.Time < time || (arrival.Time == time && arrival.Node < node);
}
