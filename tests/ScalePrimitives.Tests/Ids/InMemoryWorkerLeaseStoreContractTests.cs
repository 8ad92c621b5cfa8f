using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class InMemoryWorkerLeaseStoreContractTests : WorkerLeaseStoreContract
{
    protected override IWorkerLeaseStore Create(TimeProvider clock) => new InMemoryWorkerLeaseStore(clock);
}
