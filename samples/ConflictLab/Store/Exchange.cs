namespace ConflictLab.Store;

/// <summary>What two replicas learnt from each other.</summary>
/// <param name="NewsToLeft">The keys of which the first learnt.</param>
/// <param name="NewsToRight">The keys of which the second learnt.</param>
internal sealed record Exchange(List<string> NewsToLeft, List<string> NewsToRight);
