namespace ShardAdmin;

/// <summary>Whoever was asked said no.</summary>
internal sealed class DeclinedException() : Exception("Nothing was changed.");
