namespace ScalePrimitives.Clocks;

/// <summary>
/// The id of an actor: one incarnation of a replica, its number in the upper 32 bits and the epoch in the lower ones. As text (of a <see cref="Dot"/>,
/// a <see cref="VectorClock"/>, a <see cref="CausalContext"/>) both have eight hexadecimal digits: <c>0000000700000002</c> is epoch 2 of replica 7.
/// </summary>
/// <remarks>The clocks take any 64-bit ids; these are those of an <see cref="ActorLease"/>.</remarks>
public static class ActorId
{
    private const int EpochBits = 32;

    /// <summary>Makes the id of an incarnation.</summary>
    /// <param name="replica">The replica, any number.</param>
    /// <param name="epoch">The epoch, any number.</param>
    /// <returns>The id.</returns>
    public static ulong Create(uint replica, uint epoch) => ((ulong)replica << EpochBits) | epoch;

    /// <summary>Gets the replica of an id.</summary>
    /// <param name="actor">The id.</param>
    /// <returns>Its upper 32 bits.</returns>
    public static uint ReplicaOf(ulong actor) => (uint)(actor >> EpochBits);

    /// <summary>Gets the epoch of an id.</summary>
    /// <param name="actor">The id.</param>
    /// <returns>Its lower 32 bits.</returns>
    public static uint EpochOf(ulong actor) => (uint)actor;
}
