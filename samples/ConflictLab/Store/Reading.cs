using System.Collections.Immutable;
using ScalePrimitives.Clocks;

namespace ConflictLab.Store;

/// <summary>What a client gets for a key.</summary>
/// <param name="Values">The values that no write has replaced: none when there is nothing, several when there is a conflict, which the client resolves by a put.</param>
/// <param name="Context">To be given back with the client's next put or delete of the key.</param>
internal sealed record Reading(ImmutableArray<string> Values, CausalContext Context);
