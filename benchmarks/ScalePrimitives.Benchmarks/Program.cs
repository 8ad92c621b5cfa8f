using BenchmarkDotNet.Running;
using ScalePrimitives.Benchmarks.Hashing;

if (args is ["memory"])
{
    TopologyMemory.Print();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
