namespace ScalePrimitives.Tests.Support;

/// <summary>Runs code on several threads that start together and do a bounded amount of work.</summary>
internal static class Concurrently
{
    /// <summary>Runs <paramref name="work"/> once on each of several threads; an exception of any of them fails the caller.</summary>
    public static void Run(int threads, Action<int> work)
    {
        using var barrier = new Barrier(threads);
        var failures = new List<Exception>();
        Thread[] started = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            try
            {
                barrier.SignalAndWait();
                work(index);
            }
            catch (Exception failure)
            {
                lock (failures)
                {
                    failures.Add(failure);
                }
            }
        })).ToArray();
        Array.ForEach(started, thread => thread.Start());
        Array.ForEach(started, thread => thread.Join());
        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    /// <summary>Runs readers that each read a number of times, while one writer writes over and over until they are done.</summary>
    public static void Run(int readers, int reads, Action<int> read, Action<int> write)
    {
        int reading = readers;
        Run(readers + 1, index =>
        {
            if (index == readers)
            {
                for (int round = 0; Volatile.Read(ref reading) > 0; round++)
                {
                    write(round);
                }

                return;
            }

            try
            {
                for (int round = 0; round < reads; round++)
                {
                    read(round);
                }
            }
            finally
            {
                Interlocked.Decrement(ref reading);
            }
        });
    }
}
