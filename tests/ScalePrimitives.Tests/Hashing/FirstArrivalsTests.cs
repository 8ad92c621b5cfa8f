using FsCheck;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Hashing;

public class FirstArrivalsTests
{
    [Property(MaxTest = 500)]
    public bool They_are_the_first_of_all_in_order(byte[] times, PositiveInt some)
    {
        // Bytes make ties common; they go to the smaller node.
        int wanted = Math.Min(some.Get, times.Length);
        if (wanted == 0)
        {
            return true;
        }

        var first = new FirstArrivals(stackalloc Arrival[8], wanted);
        for (int node = 0; node < times.Length; node++)
        {
            var arrival = new Arrival(times[node], node);
            if (first.Admits(arrival))
            {
                first.Add(arrival);
            }
        }

        int[] found = new int[wanted];
        first.Finish(found);
        return found.SequenceEqual(Enumerable.Range(0, times.Length).OrderBy(node => times[node]).ThenBy(node => node).Take(wanted));
    }
}
