namespace IdInspector;

/// <summary>One way to read an id: what it would be, and what it then says.</summary>
/// <param name="Kind">What it would be.</param>
/// <param name="Says">What it says.</param>
internal sealed record Reading(string Kind, string Says);
