using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// What adaptive evicts is its own business; but whatever it does, random command lists must find what went in and was not
/// reported out, nothing expired, and the bounds kept. Each value goes in once, so that a ledger can follow it.
/// </summary>
public class CacheLawTests
{
    private const int KeyCount = 24;

    [Property(MaxTest = 400, EndSize = 200)]
    public void Adaptive_keeps_the_laws(byte bounds, byte terms, (byte Command, byte Key)[] script)
    {
        var time = new ManualTimeProvider();
        CacheOptions<int, int> options = CacheModelTests.Options(EvictionPolicy.Adaptive, bounds, terms, time);
        var ledger = new Ledger(options);
        options.OnRemoved = ledger.Removed;
        options.Seed = bounds;
        using var cache = new Cache<int, int>(options);
        for (int step = 0; step < script.Length; step++)
        {
            Run(cache, ledger, time, script[step].Command % 16, script[step].Key % KeyCount, value: step + 1);
            Assert.Equal(ledger.Live, cache.Select(entry => (entry.Key, entry.Value)).Order());
            Assert.Equal((ledger.Count, ledger.Weight), (cache.Count, cache.Weight));
            Assert.InRange(cache.Count, 0, cache.Capacity);
            Assert.InRange(cache.Weight, 0, cache.MaxWeight ?? cache.Capacity);
            cache.CheckIntegrity();
        }
    }

    private static void Run(Cache<int, int> cache, Ledger ledger, ManualTimeProvider time, int command, int key, int value)
    {
        switch (command)
        {
            case 0:
                Assert.Equal(ledger.Find(key) is not null, cache.Remove(key, out int removed));
                Assert.True(removed == 0 || !ledger.Holds(removed));
                break;
            case 1 when key == 0:
                cache.Clear();
                Assert.Equal(0, ledger.Count);
                break;
            case 1:
                cache.RemoveWhere((_, found) => found % 3 == 0);
                Assert.DoesNotContain(ledger.Live, entry => entry.Value % 3 == 0);
                break;
            case 2:
                int? present = ledger.Find(key);
                ledger.Put(key, value, null, () => cache.TryUpdate(key, value, present ?? -1));
                break;
            case 3 or 4:
                ledger.Put(key, value, CacheModelTests.Lifetime(value), () =>
                {
                    cache.Set(key, value, CacheModelTests.Lifetime(value));
                    return true;
                });
                break;
            case 5 or 6 or 7:
                ledger.Put(key, value, null, () =>
                {
                    cache.Set(key, value);
                    return true;
                });
                break;
            case 8 or 9 or 10:
                int? hit = ledger.Use(key);
                ledger.Put(key, value, null, () =>
                {
                    int got = cache.GetOrAdd(key, value, static (_, value) => value);
                    Assert.Equal(hit ?? value, got);
                    return hit is null;
                });
                break;
            case 11 or 12:
                time.Advance(TimeSpan.FromSeconds(1 + (key % 3)));
                break;
            default:
                int? expected = ledger.Use(key);
                Assert.Equal(expected is not null, cache.TryGet(key, out int found));
                Assert.Equal(expected ?? 0, found);
                break;
        }
    }

    /// <summary>What must be inside: what was put in and not reported out.</summary>
    private sealed class Ledger(CacheOptions<int, int> options)
    {
        private readonly Dictionary<int, (int Key, long ExpiresAt, long AccessedAt, bool HasTerms)> _inside = []; // by value
        private readonly bool _allHaveTerms = options is not { Weigher: null, ExpireAfterWrite: null, ExpireAfterAccess: null, ExpireAfter: null };

        public int Count => _inside.Count;

        public long Weight => _inside.Sum(entry => options.Weigher?.Invoke(entry.Value.Key, entry.Key) ?? 1);

        public IEnumerable<(int Key, int Value)> Live => _inside.Keys.Where(value => !IsExpired(value)).Select(value => (_inside[value].Key, value)).Order();

        private long Now => options.TimeProvider.GetTimestamp();

        public bool Holds(int value) => _inside.ContainsKey(value);

        public int? Find(int key) => Live.Where(entry => entry.Key == key).Select(entry => (int?)entry.Value).SingleOrDefault();

        public int? Use(int key)
        {
            int? value = Find(key);
            if (value is { } found)
            {
                _inside[found] = _inside[found] with { AccessedAt = Now };
            }

            return value;
        }

        // Noted before the call, which may report the value out again; struck off when the call did not store it.
        public void Put(int key, int value, TimeSpan? timeToLive, Func<bool> store)
        {
            TimeSpan?[] lifetimes = timeToLive is null ? [options.ExpireAfterWrite, options.ExpireAfter?.Invoke(key, value)] : [timeToLive];
            long expiresAt = lifetimes.Min() is { } lifetime && lifetime != TimeSpan.MaxValue ? Now + lifetime.Ticks : long.MaxValue;
            _inside.Add(value, (key, expiresAt, Now, _allHaveTerms || timeToLive is not null));
            if (!store())
            {
                Assert.True(_inside.Remove(value));
            }
        }

        public void Removed(int key, int value, RemovalCause cause)
        {
            Assert.True(_inside.TryGetValue(value, out var entry), $"{value} went out that was not in.");
            Assert.Equal(entry.Key, key);
            Assert.Equal(cause == RemovalCause.Expired, IsExpired(value) && cause != RemovalCause.Removed);
            Assert.Equal(cause == RemovalCause.Overweight, options.Weigher?.Invoke(key, value) > options.MaxWeight);
            _inside.Remove(value);
        }

        private bool IsExpired(int value) =>
            Now >= _inside[value].ExpiresAt
            || (options.ExpireAfterAccess is { } idle && _inside[value].HasTerms && Now >= _inside[value].AccessedAt + idle.Ticks);
    }
}
