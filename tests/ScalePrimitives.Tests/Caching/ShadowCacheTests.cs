using FsCheck;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

public class ShadowCacheTests
{
    [Property(MaxTest = 300)]
    public void It_hits_like_two_plain_queues(PositiveInt capacity, NonNegativeInt share, byte[] requests)
    {
        int size = 1 + (capacity.Get % 40);
        var sketch = new FrequencySketch(seed: 1);
        var shadow = new ShadowCache(size, share.Get % 101 / 100.0, sketch);
        var model = new Model(size, shadow.WindowCapacity);
        foreach (byte request in requests.SelectMany(request => (byte[])[request, (byte)(request % 8), (byte)(request % 50)]))
        {
            // The sketch never counts: only reads decide, and every read of the model is seen.
            Assert.Equal(model.Access(request), shadow.Access(request));
        }
    }

    [Fact]
    public void What_the_sketch_remembers_wins_the_contest()
    {
        var sketch = new FrequencySketch(seed: 1);
        var shadow = new ShadowCache(capacity: 10, windowShare: 0.1, sketch);
        for (uint hash = 0; hash < 10; hash++)
        {
            shadow.Access(hash);
        }

        sketch.Increment(100);
        shadow.Access(100);
        shadow.Access(200); // 100 leaves the window
        shadow.Access(300); // 200 leaves the window, and the cache
        Assert.True(shadow.Access(100));
        Assert.False(shadow.Access(200));
    }

    [Fact]
    public void A_request_allocates_nothing()
    {
        var shadow = new ShadowCache(ShadowCache.MaxCapacity, 0.1, new FrequencySketch(seed: 1));
        shadow.Access(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 10_000; i++)
        {
            shadow.Access(i * i % 600);
        }

        Allocations.AssertNone(GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Model(int capacity, int windowCapacity)
    {
        private readonly List<(byte Hash, int Reads)> _window = [];
        private readonly List<(byte Hash, int Reads)> _main = [];

        public bool Access(byte hash)
        {
            foreach (List<(byte Hash, int Reads)> queue in (List<(byte Hash, int Reads)>[])[_window, _main])
            {
                int index = queue.FindIndex(entry => entry.Hash == hash);
                if (index >= 0)
                {
                    queue[index] = (hash, Math.Min(3, queue[index].Reads + 1));
                    return true;
                }
            }

            if (_window.Count == windowCapacity)
            {
                GoRound(_window, 16);
                (byte Hash, int Reads) candidate = _window[0];
                _window.RemoveAt(0);
                if (_main.Count < capacity - windowCapacity)
                {
                    _main.Add(candidate);
                }
                else if (_main.Count > 0)
                {
                    GoRound(_main, 128);
                    if (candidate.Reads > 0)
                    {
                        _main.RemoveAt(0);
                        _main.Add((candidate.Hash, 0));
                    }
                }
            }

            _window.Add((hash, 0));
            return false;
        }

        private static void GoRound(List<(byte Hash, int Reads)> queue, int maxSteps)
        {
            for (int step = 0; step < maxSteps && queue[0].Reads > 0; step++)
            {
                queue.Add((queue[0].Hash, queue[0].Reads - 1));
                queue.RemoveAt(0);
            }
        }
    }
}
