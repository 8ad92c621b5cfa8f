namespace ScalePrimitives.Hashing;

/// <summary>When a node arrives in the race for a slot or a key. The earliest wins; ties go to the smaller index, which is the smaller id.</summary>
internal readonly record struct Arrival(double Time, int Node) : IComparable<Arrival>
{
    /// <summary>Gets what is later than every arrival.</summary>
    public static Arrival Never => new(double.PositiveInfinity, int.MaxValue);

    public bool IsBefore(Arrival other) => Time < other.Time || (Time == other.Time && Node < other.Node);

    public int CompareTo(Arrival other) => IsBefore(other) ? -1 : other.IsBefore(this) ? 1 : 0;
}
