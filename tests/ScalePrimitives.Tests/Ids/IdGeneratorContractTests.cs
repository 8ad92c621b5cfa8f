using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What every generator promises. An implementation's tests inherit these and say how one is made.</summary>
public abstract class IdGeneratorContractTests<TId>
    where TId : struct, IEquatable<TId>
{
    private const int Threads = 4;
    private const int IdsPerThread = 50_000;

    /// <summary>Makes a generator that issues at least 300,000 ids without waiting.</summary>
    protected abstract IIdGenerator<TId> CreateReady();

    [Fact]
    public async Task All_members_draw_from_one_supply_and_never_repeat_an_id()
    {
        IIdGenerator<TId> generator = CreateReady();
        var seen = new HashSet<TId>();
        var batch = new TId[7];
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(seen.Add(generator.Next()));
            Assert.True(generator.TryNext(out TId id));
            Assert.True(seen.Add(id));
            Assert.True(seen.Add(await generator.NextAsync(TestContext.Current.CancellationToken)));
            Assert.Equal(batch.Length, generator.Fill(batch));
            Assert.All(batch, filled => Assert.True(seen.Add(filled)));
        }
    }

    [Fact]
    public void Threads_never_get_the_same_id()
    {
        IIdGenerator<TId> generator = CreateReady();
        TId[][] drawn = Race.Run(Threads, thread => Draw(generator, IdsPerThread, thread));
        Assert.Equal(Threads * IdsPerThread, drawn.SelectMany(ids => ids).ToHashSet().Count);
    }

    [Fact]
    public void Filling_an_empty_span_takes_nothing() => Assert.Equal(0, CreateReady().Fill([]));

    [Fact]
    public async Task A_cancelled_token_is_honoured_before_an_id_is_taken()
    {
        ValueTask<TId> cancelled = CreateReady().NextAsync(new CancellationToken(canceled: true));
        Assert.True(cancelled.IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
    }

    [Fact]
    public void Issuing_allocates_nothing()
    {
        IIdGenerator<TId> generator = CreateReady();
        var batch = new TId[16];
        DrawInEachWay(generator, batch); // whatever is made once is made here
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            DrawInEachWay(generator, batch);
        }

        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void DrawInEachWay(IIdGenerator<TId> generator, TId[] batch)
    {
        generator.Next();
        generator.TryNext(out _);
        ValueTask<TId> next = generator.NextAsync();
        Assert.True(next.IsCompletedSuccessfully);
        generator.Fill(batch);
    }

    /// <summary>Draws by turns with <c>Next</c>, <c>TryNext</c> and <c>Fill</c>, in an order of the thread's own.</summary>
    private static TId[] Draw(IIdGenerator<TId> generator, int count, int seed)
    {
        var random = new Random(seed);
        var ids = new TId[count];
        int drawn = 0;
        while (drawn < count)
        {
            switch (random.Next(3))
            {
                case 0:
                    ids[drawn++] = generator.Next();
                    break;
                case 1:
                    drawn += generator.TryNext(out ids[drawn]) ? 1 : 0;
                    break;
                default:
                    drawn += generator.Fill(ids.AsSpan(drawn, Math.Min(random.Next(1, 9), count - drawn)));
                    break;
            }
        }

        return ids;
    }
}
