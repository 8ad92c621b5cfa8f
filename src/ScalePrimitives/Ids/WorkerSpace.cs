namespace ScalePrimitives.Ids;

/// <summary>What a set of workers shares: a name and the layout of their ids. Two layouts never share a name, or their ids could meet.</summary>
/// <param name="Name">The name of the space, the same for all its workers.</param>
/// <param name="Layout">The layout of the ids, epoch included. Its datacenter and server fields together number the workers.</param>
public sealed record WorkerSpace(string Name, SnowflakeLayout Layout);
