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

    /// <summary>Two who are known to be before all others, in this order; either may be <see cref="Nobody"/>.</summary>
    public static SlotArrivals BeforeAllOthers(ushort earlier, ushort later) => None with
    {
        _first = earlier,
        _firstTime = earlier == Nobody ? double.PositiveInfinity : double.NegativeInfinity,
        _second = later,
        _secondTime = later == Nobody ? double.PositiveInfinity : double.NegativeInfinity,
    };

    public readonly ushort First => _first;

    public readonly ushort Second => _second;

    public readonly ushort Third => _third;

    /// <summary>Gets the time of the third arrival; infinity while there are fewer.</summary>
    public readonly double LastTime => _thirdTime;

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

    private static bool IsBefore(Arrival arrival, double time, ushort node) =>
        arrival.Time < time || (arrival.Time == time && arrival.Node < node);
}
