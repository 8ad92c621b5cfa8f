namespace ScalePrimitives.Tests.Ids;

/// <summary>Runs one piece of work on several threads that start together.</summary>
internal static class Race
{
    public static T[] Run<T>(int threads, Func<int, T> work)
    {
        using var start = new Barrier(threads);
        var results = new T[threads];
        Exception? failure = null;
        Thread[] running = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                results[index] = work(index);
            }
            catch (Exception exception)
            {
                Volatile.Write(ref failure, exception);
            }
        })
        { IsBackground = true })];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        Assert.Null(failure);
        return results;
    }
}
