using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What a generator promises besides where it may have to wait. An implementation's tests inherit these and say how one is made.</summary>
public abstract class WaitingIdGeneratorContractTests<TId> : IdGeneratorContractTests<TId>
    where TId : struct, IEquatable<TId>
{
    /// <summary>Makes a generator that issues nothing for now.</summary>
    protected abstract IIdGenerator<TId> CreateWaiting();

    [Fact]
    public void A_generator_that_must_wait_says_so_and_touches_nothing()
    {
        IIdGenerator<TId> generator = CreateWaiting();
        Assert.False(generator.TryNext(out TId id));
        Assert.Equal(default, id);
        var batch = new TId[3];
        Assert.Equal(0, generator.Fill(batch));
        Assert.All(batch, untouched => Assert.Equal(default, untouched));
        Assert.Equal(0, generator.Fill([]));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        ValueTask<TId> pending = CreateWaiting().NextAsync(source.Token);
        Assert.False(pending.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);
    }
}
