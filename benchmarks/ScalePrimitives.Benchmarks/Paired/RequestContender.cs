namespace ScalePrimitives.Benchmarks.Paired;

/// <summary>A contender that serves requests for keys.</summary>
internal abstract class RequestContender<TKey>(string name, IRequests<TKey> requests) : Contender(name)
{
    public sealed override void Prepare(int worker, int operations) => requests.Prepare(worker, operations);

    public sealed override long Run(int worker, int operations)
    {
        long sum = 0;
        while (operations > 0)
        {
            ReadOnlySpan<TKey> keys = requests.Take(worker, operations);
            sum += Serve(keys, worker);
            operations -= keys.Length;
        }

        return sum;
    }

    /// <summary>Serves requests: one operation each.</summary>
    protected abstract long Serve(ReadOnlySpan<TKey> keys, int worker);
}
