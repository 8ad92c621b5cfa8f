using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbSlotAcceptanceTests : ServerSlotAcceptanceContract<MariaDbServer>;
