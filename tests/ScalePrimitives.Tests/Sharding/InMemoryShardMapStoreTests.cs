using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public sealed class InMemoryShardMapStoreTests : ShardMapStoreContract
{
    protected override ValueTask<IShardMapStore> CreateAsync() => ValueTask.FromResult<IShardMapStore>(new InMemoryShardMapStore());
}
