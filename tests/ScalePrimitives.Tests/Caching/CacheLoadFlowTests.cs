using System.Runtime.CompilerServices;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

public class CacheLoadFlowTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_load_that_ended_inside_another_does_not_hide_it_from_the_work_it_started()
    {
        var cache = new Cache<string, int>(10);
        var innerEnded = new TaskCompletionSource();
        Task<int>? work = null;
        Task<int> outer = cache.GetOrAddAsync("a", 0, async (_, _, _) =>
        {
            await cache.GetOrAddAsync("b", 0, (_, _, _) =>
            {
                work = Work();
                return ValueTask.FromResult(1);
            }, TestToken);
            innerEnded.SetResult();
            return await work!;
        }, TestToken).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => outer.WaitAsync(Deadline, TestToken));

        async Task<int> Work()
        {
            await innerEnded.Task;
            return await cache.GetOrAddAsync("c", 0, async (_, _, _) => await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(7), TestToken), TestToken);
        }
    }

    [Fact]
    public async Task A_chain_of_loads_that_each_start_the_next_keeps_no_key_of_those_that_ended()
    {
        var cache = new Cache<object, int>(2);
        var keys = new List<WeakReference>();
        var last = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        Start(1);
        await reached.Task.WaitAsync(Deadline, TestToken);
        Assert.True(SpinWait.SpinUntil(FewAreAlive, Deadline)); // the last of them are still ending
        last.SetResult();

        bool FewAreAlive()
        {
            GC.Collect();
            return keys.Count(key => key.IsAlive) <= 20;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Start(int number)
        {
            object key = new();
            keys.Add(new WeakReference(key));
            _ = cache.GetOrAddAsync(key, number, async (_, number, _) =>
            {
                await Task.Yield();
                if (number < 1000)
                {
                    Start(number + 1);
                }
                else
                {
                    reached.SetResult();
                    await last.Task;
                }

                return number;
            }, TestToken).AsTask();
        }
    }

    [Fact]
    public async Task A_superseded_load_may_not_ask_for_its_key_even_when_another_thread_loads_it_again()
    {
        var cache = new Cache<string, int>(10);
        using var release = new ManualResetEventSlim();
        Task<int>? second = null;
        Assert.Throws<InvalidOperationException>(() => cache.GetOrAdd("a", _ =>
        {
            cache.Remove("a");
            using AsyncFlowControl strangers = ExecutionContext.SuppressFlow(); // not work of this factory
            second = Task.Factory.StartNew(() => cache.GetOrAdd("a", _ => Two(release)), TestToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Assert.True(SpinWait.SpinUntil(() => cache.Statistics.Misses == 2, Deadline));
            return cache.GetOrAdd("a", _ => 3);
        }));
        release.Set();
        Assert.Equal(2, await second!);
        cache.CheckIntegrity();

        static int Two(ManualResetEventSlim release)
        {
            release.Wait(Deadline);
            return 2;
        }
    }

    [Fact]
    public async Task What_a_factory_registered_on_its_token_neither_runs_in_nor_fails_the_call_that_gives_up()
    {
        var cache = new Cache<string, int>(10);
        using var source = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        Task<int> load = cache.GetOrAddAsync("a", 0, (_, _, token) =>
        {
            token.Register(() =>
            {
                release.Wait(Deadline);
                throw new TimeoutException();
            });
            return new ValueTask<int>(new TaskCompletionSource<int>().Task);
        }, source.Token).AsTask();
        source.Cancel(); // would block and throw
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load.WaitAsync(TimeSpan.FromSeconds(1), TestToken));
        release.Set();
    }

    [Fact]
    public async Task A_waiter_whose_continuation_blocks_holds_up_neither_the_others_nor_the_callbacks()
    {
        var gate = new TaskCompletionSource<int>();
        int reported = 0;
        using var release = new ManualResetEventSlim();
        var cache = new Cache<string, int>(new CacheOptions<string, int> { Capacity = 1, OnRemoved = (_, _, _) => reported++ });
        cache.Set("old", 0);
        Task<int> first = Ask();
        Task joined = Block();
        await Task.Run(() => gate.SetResult(1), TestToken).WaitAsync(Deadline, TestToken);
        Assert.Equal(1, await first.WaitAsync(Deadline, TestToken));
        Assert.Equal(1, reported);
        release.Set();
        await joined;

        Task<int> Ask() => cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestToken).AsTask();
        async Task Block()
        {
            await cache.GetOrAddAsync("a", 0, (_, _, _) => new ValueTask<int>(gate.Task), TestToken).ConfigureAwait(false);
            release.Wait(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public void A_synchronous_factory_may_load_its_key_asynchronously_which_is_a_load_of_the_other_kind()
    {
        var cache = new Cache<string, int>(10);
        Assert.Equal(1, cache.GetOrAdd("a", _ => cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(1), TestToken).AsTask().GetAwaiter().GetResult()));
        cache.CheckIntegrity();
    }

    [Fact]
    public async Task A_stranger_that_goes_on_inside_a_factory_may_load_the_same_key_asynchronously()
    {
        var cache = new Cache<string, int>(10);
        var signal = new TaskCompletionSource();
        Task<int> stranger = Stranger();
        Assert.Equal(1, cache.GetOrAdd("a", _ =>
        {
            signal.SetResult(); // the stranger goes on here, on this thread
            return 1;
        }));
        Assert.True(await stranger is 1 or 2);

        async Task<int> Stranger()
        {
            await signal.Task;
            return await cache.GetOrAddAsync("a", 0, (_, _, _) => ValueTask.FromResult(2), TestToken);
        }
    }
}
