using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ScalePrimitives.Benchmarks.Caching;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids;

/// <summary>
/// How long does a call wait when ids are drawn faster than the format allows, and how near to the format's ceiling do they come? Threads draw
/// from one generator as fast as they can; a call that took longer than <see cref="Longest"/> counts as one that waited. The command <c>id-waits</c>.
/// </summary>
internal static class IdWaits
{
    private const double Ceiling = 4_096_000; // 2^12 sequences a millisecond
    private static readonly TimeSpan Longest = TimeSpan.FromMicroseconds(20);

    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { Description = "How long each row is measured", DefaultValueFactory = _ => 3 };
        var command = new Command("id-waits", "Measures the waits of saturated snowflake generators.") { seconds };
        command.SetAction(parsed => Print(TimeSpan.FromSeconds(parsed.GetValue(seconds))));
        return command;
    }

    private static void Print(TimeSpan duration)
    {
        Console.WriteLine("Twitter's layout, 41/10/12 bits. Calls that took over 20 µs count as waits; ms. The first row is the machine's own: threads that only sleep 1 ms.");
        Console.WriteLine();
        Console.WriteLine("| | threads | borrow limit, ms | ids a second | of the ceiling | waits | median | 99th | 99.9th | longest |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int threads in (int[])[1, 2, 4])
        {
            Row("sleep", threads, borrow: null, duration, static _ => new ManualResetEventSlim(false, 0).Wait(1));
            foreach (int borrowMs in (int[])[0, 50])
            {
                TimeSpan borrow = TimeSpan.FromMilliseconds(borrowMs);
                Row("Next", threads, borrow, duration, static generator => generator!.Next());
            }
        }
    }

    private static void Row(string name, int threads, TimeSpan? borrow, TimeSpan duration, Action<SnowflakeGenerator?> call)
    {
        SnowflakeGenerator? generator = borrow is { } limit ? new SnowflakeGenerator(new SnowflakeOptions { Datacenter = 1, Server = 1, BorrowLimit = limit }) : null;
        call(generator); // compiles, and is not told
        (LatencyHistogram Waits, long Calls)[] results = new (LatencyHistogram, long)[threads];
        long start = Stopwatch.GetTimestamp();
        Thread[] running = [.. Enumerable.Range(0, threads).Select(index => new Thread(() => results[index] = Draw(generator, duration, call)))];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        double perSecond = results.Sum(result => result.Calls) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var waits = new LatencyHistogram();
        foreach ((LatencyHistogram own, _) in results)
        {
            waits.Add(own);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {threads} | {borrow?.TotalMilliseconds} | {perSecond:N0} | {perSecond / Ceiling:P1} | {waits.Count:N0} | {waits.Percentile(0.5) / 1e6:F2} | {waits.Percentile(0.99) / 1e6:F2} | {waits.Percentile(0.999) / 1e6:F2} | {waits.Max / 1e6:F2} |"));
    }

    private static (LatencyHistogram Waits, long Calls) Draw(SnowflakeGenerator? generator, TimeSpan duration, Action<SnowflakeGenerator?> call)
    {
        var waits = new LatencyHistogram();
        long calls = 0;
        long start = Stopwatch.GetTimestamp();
        long before = start;
        while (Stopwatch.GetElapsedTime(start, before) < duration)
        {
            call(generator);
            calls++;
            long after = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(before, after) is var elapsed && elapsed > Longest)
            {
                waits.Record((long)elapsed.TotalNanoseconds);
            }

            before = after;
        }

        return (waits, calls);
    }
}
