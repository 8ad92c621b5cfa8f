using ScalePrimitives.Sharding;

namespace SlotMover;

/// <summary>Stops at a place, once, until a line comes from whoever started the program, or it is killed.</summary>
internal sealed class StopAt(string place) : IProgress<SlotMigrationProgress>
{
    private const string Statement = "statement:";

    private bool _hasStopped;

    public Task BeforeAsync(string statement) => place.StartsWith(Statement, StringComparison.Ordinal) && statement.Contains(place[Statement.Length..], StringComparison.Ordinal) ? StopAsync() : Task.CompletedTask;

    public Task PassAsync(string passed) => passed == place ? StopAsync() : Task.CompletedTask;

    public void Report(SlotMigrationProgress value) => PassAsync($"progress:{value.State}").GetAwaiter().GetResult();

    private async Task StopAsync()
    {
        if (!_hasStopped)
        {
            _hasStopped = true;
            Console.WriteLine("stopped");
            await Console.In.ReadLineAsync(); // which ends too when the other end of the pipe has ended
        }
    }
}
