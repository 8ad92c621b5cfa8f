using ScalePrimitives.Sharding;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Sharding;

public class HotKeyDetectorTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Few_keys_are_counted_exactly()
    {
        HotKeyDetector<string> detector = Detector<string>(capacity: 3);
        foreach (string key in "b a c a b a".Split(' '))
        {
            detector.Record(key);
        }

        Assert.Equal([new("a", 3, 0), new("b", 2, 0), new("c", 1, 0)], detector.Top(10));
        Assert.Equal([new("a", 3, 0)], detector.Top(1));
        Assert.Equal(6, detector.Total);
        Assert.Empty(Detector<string>(capacity: 3).Top(5));
    }

    [Fact]
    public void A_new_key_takes_the_place_of_the_one_asked_for_least_and_says_how_far_its_count_may_be_off()
    {
        HotKeyDetector<int> detector = Detector<int>(capacity: 2);
        foreach (int key in (int[])[1, 1, 1, 2, 2, 3])
        {
            detector.Record(key);
        }

        Assert.Equal([new(1, 3, 0), new(3, 3, 2)], detector.Top(2).OrderBy(hot => hot.Key));
    }

    [Fact]
    public void Old_records_count_less()
    {
        HotKeyDetector<string> detector = Detector<string>(capacity: 10);
        for (int i = 0; i < 1_000; i++)
        {
            detector.Record("yesterday");
        }

        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(63, detector.Total); // 62.5, rounded up
        for (int i = 0; i < 100; i++)
        {
            detector.Record("today");
        }

        Assert.Equal([new("today", 100, 0), new("yesterday", 63, 0)], detector.Top(2));
        Assert.Equal(163, detector.Total);
        _time.Advance(TimeSpan.FromDays(300));
        Assert.Equal(1, detector.Total);
    }

    // Against exact counts that are halved at the same moments, as fractions.
    [Property]
    public void Counts_are_never_too_low_nor_further_off_than_they_say(byte[] keys, byte capacityLess1)
    {
        int capacity = (capacityLess1 % 20) + 1;
        HotKeyDetector<int> detector = Detector<int>(capacity);
        var exact = new Dictionary<int, double>();
        for (int i = 0; i < keys.Length; i++)
        {
            int key = keys[i] % 40;
            if (i % 37 == 36)
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                exact = exact.ToDictionary(entry => entry.Key, entry => entry.Value / 2);
                Assert.True(detector.Total >= exact.Values.Sum());
            }

            detector.Record(key);
            exact[key] = exact.GetValueOrDefault(key) + 1;
        }

        IReadOnlyList<HotKey<int>> top = detector.Top(capacity);
        double total = exact.Values.Sum();
        Assert.Equal(top.OrderByDescending(hot => hot.Count).Select(hot => hot.Count), top.Select(hot => hot.Count));
        Assert.Equal(top.Count, top.Select(hot => hot.Key).Distinct().Count());
        Assert.All(top, hot =>
        {
            double truth = exact.GetValueOrDefault(hot.Key);
            Assert.InRange(truth, hot.Count - hot.Error - 1, hot.Count);
            Assert.InRange(hot.Error, 0, (total / capacity) + 2);
        });
        Assert.All(exact.Where(entry => entry.Value > (total / capacity) + 2), entry => Assert.Contains(entry.Key, top.Select(hot => hot.Key)));
    }

    [Fact]
    public void Of_a_million_keys_by_the_law_of_Zipf_the_ten_hottest_are_found()
    {
        const int keys = 1_000_000;
        var detector = new HotKeyDetector<int>(new HotKeyOptions { TimeProvider = _time });
        double[] sums = new double[keys];
        double sum = 0;
        for (int rank = 0; rank < keys; rank++)
        {
            sums[rank] = sum += 1.0 / (rank + 1);
        }

        var random = new Random(1);
        for (int i = 0; i < 1_000_000; i++)
        {
            int found = Array.BinarySearch(sums, random.NextDouble() * sum);
            detector.Record(found < 0 ? ~found : found);
        }

        Assert.Equal(Enumerable.Range(0, 10), detector.Top(10).Select(hot => hot.Key).Order());
    }

    [Fact]
    public void A_thread_that_finds_another_at_work_counts_elsewhere()
    {
        HotKeyDetector<int> detector = WithTwoParts(capacity: 10, key: 1);
        detector.Record(2);
        Assert.Equal([(1, 3L, 1L), (2, 1L, 1L)], detector.Top(10).Select(hot => (hot.Key, hot.Count, hot.Error)));
        Assert.Equal([1], detector.Top(1).Select(hot => hot.Key));
        Assert.Equal(4, detector.Total);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([(1, 2L), (2, 1L)], detector.Top(10).Select(hot => (hot.Key, hot.Count)));
    }

    [Fact]
    public void Threads_lose_no_record_and_parts_keep_the_bounds_of_the_whole()
    {
        const int threads = 4;
        const int each = 100_000;
        const int capacity = 64;
        HotKeyDetector<int> detector = WithTwoParts(capacity, key: 0);
        int[][] counts = [.. Enumerable.Range(0, threads).Select(_ => new int[200])];
        counts[0][0] = 3;
        Concurrently.Run(threads, thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < each; i++)
            {
                int key = (int)(200 * Math.Pow(random.NextDouble(), 3));
                counts[thread][key]++;
                detector.Record(key);
            }
        });
        const long total = (threads * each) + 3;
        Assert.Equal(total, detector.Total);
        double bound = ((double)total / capacity) + (4 * Environment.ProcessorCount);
        IReadOnlyList<HotKey<int>> top = detector.Top(int.MaxValue);
        Assert.Equal(top.OrderByDescending(hot => hot.Count).Select(hot => hot.Count), top.Select(hot => hot.Count));
        Assert.All(top, hot =>
        {
            Assert.InRange(counts.Sum(own => own[hot.Key]), hot.Count - hot.Error - 1, hot.Count);
            Assert.InRange(hot.Error, 0, bound);
        });
        Assert.All(Enumerable.Range(0, 200).Where(key => counts.Sum(own => own[key]) > bound), key => Assert.Contains(key, top.Select(hot => hot.Key)));
        Allocations.AssertNone(() =>
        {
            detector.Record(7);
            return 1;
        });
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>("key", () => new HotKeyDetector<string>().Record(null!));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => new HotKeyDetector<string>().Top(0));
        Assert.Throws<ArgumentOutOfRangeException>("Capacity", () => new HotKeyOptions { Capacity = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("HalfLife", () => new HotKeyOptions { HalfLife = TimeSpan.Zero });
        Assert.Throws<ArgumentNullException>("value", () => new HotKeyOptions { TimeProvider = null! });
    }

    [Fact]
    public void A_split_key_is_written_in_turn_and_read_whole()
    {
        var splitter = new KeySplitter(3);
        Assert.Equal(["likes", "likes#1", "likes#2"], splitter.All("likes"));
        Assert.Equal(splitter.All("likes").Order(), Enumerable.Range(0, 3).Select(_ => splitter.Next("likes")).Order());
        Assert.Equal(["likes", "likes#1", "likes#2"], ((ulong[])[0, 1UL << 63, ulong.MaxValue]).Select(writer => splitter.Of("likes", writer)));
        Assert.Equal(splitter.All("likes"), new KeySplitter(5).All("likes").Take(3));
        Assert.Throws<ArgumentOutOfRangeException>("parts", () => new KeySplitter(1));
        Assert.Throws<ArgumentException>("key", () => splitter.Next(""));
        Assert.Throws<ArgumentException>("key", () => splitter.Of("", 1));
        Assert.Throws<ArgumentException>("key", () => splitter.All(""));
    }

    // One thread is held while it looks for the key, so that another finds it at work. The key is recorded three times.
    private HotKeyDetector<int> WithTwoParts(int capacity, int key)
    {
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        bool isHeld = false;
        bool IsSame(int left, int right)
        {
            if (isHeld)
            {
                isHeld = false;
                inside.Set();
                goOn.Wait(TestContext.Current.CancellationToken);
            }

            return left == right;
        }

        var detector = new HotKeyDetector<int>(new HotKeyOptions { Capacity = capacity, TimeProvider = _time }, EqualityComparer<int>.Create(IsSame, static hashed => hashed));
        detector.Record(key);
        isHeld = true;
        var other = new Thread(() => detector.Record(key));
        other.Start();
        inside.Wait(TestContext.Current.CancellationToken);
        detector.Record(key);
        goOn.Set();
        other.Join();
        return detector;
    }

    // Whoever may choose keys must not make records slow: all of these once fell into one bucket.
    [Fact]
    public void Chosen_keys_are_counted_as_fast_as_others()
    {
        const int Keys = 8_192;
        int[] others = [.. Enumerable.Range(0, Keys).Select(i => i * 7_919)];
        int[] chosen = [.. Collisions().Take(Keys)];
        TimeSpan usual = Enumerable.Range(0, 3).Min(_ => TimeOf(others));
        TimeSpan attacked = Enumerable.Range(0, 3).Min(_ => TimeOf(chosen));
        Assert.True(attacked < 20 * usual, $"{attacked} and {usual}");

        static IEnumerable<int> Collisions() => Enumerable.Range(0, int.MaxValue).Where(key => (((uint)key * 0x9E3779B1u >> 7) & 16_383) == 0);

        static TimeSpan TimeOf(int[] keys)
        {
            var detector = new HotKeyDetector<int>(new HotKeyOptions { Capacity = Keys });
            long started = TimeProvider.System.GetTimestamp();
            for (int round = 0; round < 10; round++)
            {
                foreach (int key in keys)
                {
                    detector.Record(key);
                }
            }

            return TimeProvider.System.GetElapsedTime(started);
        }
    }

    private HotKeyDetector<TKey> Detector<TKey>(int capacity)
        where TKey : notnull => new(new HotKeyOptions { Capacity = capacity, TimeProvider = _time });
}
