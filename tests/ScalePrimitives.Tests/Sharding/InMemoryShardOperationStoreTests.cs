using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public sealed class InMemoryShardOperationStoreTests : ShardOperationStoreContract
{
    protected override ValueTask<IShardOperationStore> CreateAsync() => ValueTask.FromResult<IShardOperationStore>(new InMemoryShardOperationStore());
}
