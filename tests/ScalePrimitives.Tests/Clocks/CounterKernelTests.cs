using System.Diagnostics;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks;

/// <summary>The vectorised kernel against its scalar twin at every length, every lane, and values on either side of the sign bit.</summary>
public class CounterKernelTests
{
    private static readonly ulong[] Values = [1, 2, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue];

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 41)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Compare_finds_each_lane_that_is_ahead(int length)
    {
        ulong[] origin = new ulong[length];
        Array.Fill(origin, (1UL << 63) - 1);
        AssertSame(origin, [.. origin]);
        for (int i = 0; i < length; i++)
        {
            ulong[] left = [.. origin];
            left[i]++; // across the sign bit
            AssertSame(left, origin);
            AssertSame(origin, left);
            for (int j = 0; j < length; j++)
            {
                ulong[] right = [.. origin];
                right[j]++;
                AssertSame(left, right);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Random_counters_compare_and_merge_alike(int length)
    {
        var random = new Random(length);
        for (int round = 0; round < 200; round++)
        {
            ulong[] left = [.. Enumerable.Range(0, length).Select(_ => Values[random.Next(Values.Length)])];
            ulong[] right = round % 2 == 0 ? [.. left] : [.. Enumerable.Range(0, length).Select(_ => Values[random.Next(Values.Length)])];
            if (length > 0 && round % 4 == 0)
            {
                right[random.Next(length)] = Values[random.Next(Values.Length)];
            }

            AssertSame(left, right);
        }
    }

    [Fact]
    public void Scalar_twin_knows_the_order()
    {
        Assert.Equal(CausalOrder.Equal, CounterKernelScalar.Compare([1, 2], [1, 2]));
        Assert.Equal(CausalOrder.Before, CounterKernelScalar.Compare([1, 2], [1, ulong.MaxValue]));
        Assert.Equal(CausalOrder.After, CounterKernelScalar.Compare([3, 2], [1, 2]));
        Assert.Equal(CausalOrder.Concurrent, CounterKernelScalar.Compare([3, 2], [1, 4]));
    }

    // On processors without vectors, or with narrower ones. The switch is read when a process starts, so that it takes one of its own.
    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    [InlineData("DOTNET_EnableAVX2")]
    public async Task The_same_holds_without(string intrinsics)
    {
        if (Environment.GetEnvironmentVariable(intrinsics) == "0")
        {
            return; // this is that process
        }

        var start = new ProcessStartInfo("dotnet", [typeof(CounterKernelTests).Assembly.Location, "-class", "*.CounterKernelTests", "-class", "*.VectorClockProperties"]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment[intrinsics] = "0";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }

    private static void AssertSame(ulong[] left, ulong[] right)
    {
        Assert.Equal(CounterKernelScalar.Compare(left, right), CounterKernel.Compare(left, right));

        ulong[] expected = new ulong[left.Length];
        CounterKernelScalar.Max(left, right, expected);

        // A guard on either side shows a write outside the destination.
        ulong[] guarded = new ulong[left.Length + 2];
        CounterKernel.Max(left, right, guarded.AsSpan(1, left.Length));
        Assert.Equal([0, .. expected, 0], guarded);

        ulong[] inPlace = [.. left];
        CounterKernel.Max(inPlace, right, inPlace);
        Assert.Equal(expected, inPlace);
    }
}
