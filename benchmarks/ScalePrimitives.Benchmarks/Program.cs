using BenchmarkDotNet.Running;
using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Benchmarks.Clocks;
using ScalePrimitives.Benchmarks.Hashing;
using ScalePrimitives.Benchmarks.Ids;
using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Benchmarks.Sharding;

switch (args)
{
    case ["memory"]:
        TopologyMemory.Print();
        return 0;
    case ["clock-sizes"]:
        await ClockSizes.PrintAsync();
        return 0;
    case ["cache-memory", ..]:
        return CacheMemory.Create().Parse(args[1..]).Invoke();
    case ["cache-pauses", ..]:
        return CachePauses.Create().Parse(args[1..]).Invoke();
    case ["writer-waits", ..]:
        return WriterWaits.Create().Parse(args[1..]).Invoke();
    case ["id-waits", ..]:
        return IdWaits.Create().Parse(args[1..]).Invoke();
    case ["ticket-throughput", ..]:
        return await TicketThroughput.Create().Parse(args[1..]).InvokeAsync();
    case ["slot-moves", ..]:
        return await SlotMoves.Create().Parse(args[1..]).InvokeAsync();
    case ["slot-verify", ..]:
        return await SlotVerify.Create().Parse(args[1..]).InvokeAsync();
    case ["slot-drain", ..]:
        return await SlotDrain.Create().Parse(args[1..]).InvokeAsync();
    case ["slot-trigger-cost", ..]:
        return await SlotTriggerCost.Create().Parse(args[1..]).InvokeAsync();
    case ["paired", ..]:
        return PairedCommand.Create().Parse(args[1..]).Invoke();
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
