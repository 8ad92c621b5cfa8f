using System.Diagnostics;
using SlotMover;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A mover in a process of its own, which stops at a place, and is killed there or let go on.</summary>
internal sealed class MoverProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _place;

    private MoverProcess(Process process, string place) => (_process, _place) = (process, place);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    /// <summary>Starts it.</summary>
    /// <param name="world">What it works on.</param>
    /// <param name="place">Where it stops.</param>
    /// <param name="work">What it does.</param>
    public static MoverProcess Start(AcceptanceWorld world, string place, params string[] work)
    {
        string[] arguments = [typeof(AcceptanceTables).Assembly.Location, $"{world.Databases[0].Dialect}", world.Catalogue.ConnectionString, world.Databases[0].ConnectionString, world.Databases[1].ConnectionString, place, .. work];
        return new MoverProcess(Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!, place);
    }

    /// <summary>Waits until it has come to its place.</summary>
    public async Task WaitForStopAsync() => Check(await ReadLineAsync(), "stopped", $"come to {_place}");

    /// <summary>Waits until it has done its work.</summary>
    public async Task WaitForDoneAsync() => Check(await ReadLineAsync(), "done", "end");

    /// <summary>Lets it go on where a server may be gone. It fails as databases do, or comes through.</summary>
    public async Task ReleaseAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync(TestToken);
        string line = await ReadLineAsync();
        Assert.True(line == "done" || line.StartsWith("failed: ", StringComparison.Ordinal), $"The mover went on from {_place} and ended by {line}");
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private void Check(string line, string wanted, string what) => Assert.True(line == wanted, $"The mover was to {what}, but: {line}");

    private async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync(TestToken).AsTask().WaitAsync(Patience, TestToken) ?? await _process.StandardError.ReadToEndAsync(TestToken);
}
