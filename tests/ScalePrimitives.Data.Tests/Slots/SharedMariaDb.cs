using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>One server for the tests of moves that need none of their own. They run one after the other, so that each may change what holds for the whole server.</summary>
[CollectionDefinition]
public sealed class SharedMariaDb : ICollectionFixture<MariaDbServer>;
