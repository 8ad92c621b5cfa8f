using ScalePrimitives.Sharding;

namespace ScalePrimitives.Tests.Sharding;

public class InMemorySlotMigrationStoreTests : SlotMigrationStoreContract
{
    protected override ValueTask<ISlotMigrationStore> CreateAsync() => ValueTask.FromResult<ISlotMigrationStore>(new InMemorySlotMigrationStore());
}
