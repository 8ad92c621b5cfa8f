namespace SlotMover;

/// <summary>Stops for good at a place.</summary>
internal sealed class StopAt(string place)
{
    public Task BeforeAsync(string statement) => place.StartsWith("statement:", StringComparison.Ordinal) && statement.Contains(place["statement:".Length..], StringComparison.Ordinal) ? StopAsync() : Task.CompletedTask;

    public Task PassAsync(string passed) => passed == place ? StopAsync() : Task.CompletedTask;

    private static async Task StopAsync()
    {
        Console.WriteLine("stopped");
        await Task.Delay(Timeout.InfiniteTimeSpan);
    }
}
