using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeGeneratorContractTests : WaitingIdGeneratorContractTests<long>
{
    protected override IIdGenerator<long> CreateReady() =>
        SnowflakeSamples.Started(SnowflakeSamples.Wide, new ManualTimeProvider());

    protected override IIdGenerator<long> CreateWaiting() =>
        new SnowflakeGenerator(SnowflakeSamples.Options(SnowflakeSamples.Wide, new ManualTimeProvider()));
}
