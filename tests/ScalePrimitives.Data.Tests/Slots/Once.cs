namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>Does a thing once, for all who ask.</summary>
internal sealed class Once(Func<Task> work)
{
    private readonly Lazy<Task> _work = new(work);

    public Task RunAsync() => _work.Value;
}
