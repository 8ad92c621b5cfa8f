namespace RingPlanner;

/// <summary>A range that changes its owner.</summary>
internal sealed record Move(string Range, string From, string To, double Share);
