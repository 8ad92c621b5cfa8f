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

    /// <summary>
    /// Runs many short rounds: in each, all threads start within some ten nanoseconds of one another, because they wait for
    /// it awake, so that even single calls overlap. Between two rounds one thread checks, while the others wait.
    /// </summary>
    public static void RunRounds(int threads, int rounds, Action<int, int> work, Action<int> check)
    {
        int arrived = 0;
        bool failed = false;
        Run(threads, thread =>
        {
            try
            {
                for (int round = 0; round < rounds && !Volatile.Read(ref failed); round++)
                {
                    Meet((2 * round) + 1);
                    work(thread, round);
                    Meet((2 * round) + 2);
                    if (thread == 0)
                    {
                        check(round);
                    }
                }
            }
            catch
            {
                Volatile.Write(ref failed, true);
                throw;
            }
        });

        void Meet(int meeting)
        {
            Interlocked.Increment(ref arrived);
            var spinner = default(SpinWait);
            while (Volatile.Read(ref arrived) < meeting * threads && !Volatile.Read(ref failed))
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }
        }
    }
}
