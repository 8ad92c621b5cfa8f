using System.Text;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// Random command lists run against the cache and against <see cref="NaiveCache"/>, with and without weights and expiry: every
/// result, every removal with its cause, the whole content in the order of its eviction, count and weight must be equal after
/// every step, and the structures sound. FsCheck shrinks the list; the failure shows it in words.
/// </summary>
/// <remarks>The clock stands at whole seconds and deadlines between them: so it does not matter that a value may be found
/// expired a moment late. What holds at the very deadline is in <see cref="CacheExpiryTests"/>.</remarks>
public class CacheModelTests
{
    private const int KeyCount = 12;

    [Property(MaxTest = 400, EndSize = 200)]
    public void Lru_equals_the_textbook_list(byte bounds, byte terms, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Lru, bounds, terms, script);

    [Property(MaxTest = 400, EndSize = 200)]
    public void Lfu_equals_the_textbook_list(byte bounds, byte terms, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Lfu, bounds, terms, script);

    [Property(MaxTest = 400, EndSize = 200)]
    public void Fifo_equals_the_textbook_list(byte bounds, byte terms, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Fifo, bounds, terms, script);

    /// <summary>Options of each kind: with either bound or both, with any of the rules of expiry.</summary>
    internal static CacheOptions<int, int> Options(EvictionPolicy policy, byte bounds, byte terms, TimeProvider time)
    {
        var options = new CacheOptions<int, int> { Policy = policy, TimeProvider = time };
        bool weighs = (terms & 1) != 0;
        if (weighs)
        {
            (options.Weigher, options.MaxWeight) = (static (_, value) => value % 5, 3 + (bounds / 16)); // nothing, and more than all may weigh, included
        }

        if (!weighs || bounds % 3 != 0)
        {
            options.Capacity = 1 + (bounds % 8);
        }

        options.ExpireAfterWrite = (terms & 2) != 0 ? TimeSpan.FromSeconds(4.5) : null;
        options.ExpireAfterAccess = (terms & 4) != 0 ? TimeSpan.FromSeconds(2.5) : null;
        options.ExpireAfter = (terms & 8) != 0 ? static (key, value) => Lifetime(key + value) : null;
        return options;
    }

    internal static TimeSpan Lifetime(int number) => number % 7 == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(0.5 + (number % 7));

    private static void Compare(EvictionPolicy policy, byte bounds, byte terms, (byte Command, byte Key)[] script)
    {
        var time = new ManualTimeProvider();
        var removed = new List<(int Key, int Value, RemovalCause Cause)>();
        CacheOptions<int, int> options = Options(policy, bounds, terms, time);
        var model = new NaiveCache(options);
        options.OnRemoved = (key, value, cause) => removed.Add((key, value, cause));
        using var cache = new Cache<int, int>(options);
        var log = new StringBuilder($"capacity {cache.Capacity}, weight {cache.MaxWeight}, write {options.ExpireAfterWrite}, access {options.ExpireAfterAccess}, own {options.ExpireAfter is not null}:");
        for (int step = 0; step < script.Length; step++)
        {
            (int actual, int expected, string command) = Run(cache, model, time, script[step].Command % 24, script[step].Key % KeyCount, step);
            log.Append(' ').Append(command);
            Assert.True(expected == actual, $"{log}: expected {expected}, was {actual}");
            Equal(log, "removals", model.Removed.Order(), removed.Order()); // what one call takes out for other reasons than room is in no set order
            Equal(log, "evictions", Evicted(model.Removed), Evicted(removed));
            Equal(log, "content, coldest first", model.ColdestFirst, cache.Coldest(int.MaxValue).Select(entry => (entry.Key, entry.Value)));
            Equal(log, "content", model.ColdestFirst.Order(), cache.Select(entry => (entry.Key, entry.Value)).Order());
            Equal(log, "count and weight", [(model.Count, model.Weight)], [(cache.Count, cache.Weight)]);
            removed.Clear();
            model.Removed.Clear();
            cache.CheckIntegrity();
        }

        static IEnumerable<int> Evicted(IEnumerable<(int Key, int Value, RemovalCause Cause)> removed) =>
            removed.Where(removal => removal.Cause == RemovalCause.Evicted).Select(removal => removal.Key);
    }

    private static void Equal<T>(StringBuilder log, string what, IEnumerable<T> expected, IEnumerable<T> actual) =>
        Assert.True(expected.SequenceEqual(actual), $"{log}: expected {what} [{string.Join(", ", expected)}], was [{string.Join(", ", actual)}]");

    private static (int Actual, int Expected, string Command) Run(Cache<int, int> cache, NaiveCache model, ManualTimeProvider time, int command, int key, int value)
    {
        switch (command)
        {
            case 0:
                return (cache.Remove(key) ? 1 : 0, model.Remove(key) ? 1 : 0, $"Remove({key})");
            case 1:
                return (cache.Peek(key, out int peeked) ? peeked : -1, model.Peek(key, out int modelPeeked) ? modelPeeked : -1, $"Peek({key})");
            case 2 when key == 0:
                cache.Clear();
                model.Clear();
                return (0, 0, "Clear()");
            case 2 when key < 4:
                Resize(cache, model, 1 + (value % 8), 1 + (value % 16));
                return (0, 0, $"Resize({1 + (value % 8)}, {1 + (value % 16)})");
            case 2:
                return (cache.RemoveWhere((_, found) => found % 3 == key % 3), model.RemoveWhere((_, found) => found % 3 == key % 3), $"RemoveWhere(value % 3 == {key % 3})");
            case 3:
                int comparison = model.Peek(key, out int present) && value % 4 > 0 ? present : 0;
                return (cache.TryUpdate(key, value, comparison) ? 1 : 0, model.TryUpdate(key, value, comparison) ? 1 : 0, $"TryUpdate({key}, {value}, {comparison})");
            case 4:
                return (cache.AddOrUpdate(key, value, (_, old) => old + value), model.AddOrUpdate(key, value, old => old + value), $"AddOrUpdate({key}, {value}, old + {value})");
            case 5:
                int expected = model.Peek(key, out int there) && value % 4 > 0 ? there : 0;
                return (cache.Remove(KeyValuePair.Create(key, expected)) ? 1 : 0, model.Remove(key, expected) ? 1 : 0, $"Remove({key}, {expected})");
            case 6:
                return (cache.RemoveExpired(), model.RemoveExpired(), "RemoveExpired()");
            case 7 or 8:
                cache.Set(key, value, Lifetime(value));
                model.Set(key, value, Lifetime(value));
                return (0, 0, $"Set({key}, {value}, {Lifetime(value).TotalSeconds} s)");
            case 9 or 10 or 11 or 12:
                cache.Set(key, value);
                model.Set(key, value);
                return (0, 0, $"Set({key}, {value})");
            case 13 or 14 or 15 or 16:
                return (cache.GetOrAdd(key, value, static (_, value) => value), model.GetOrAdd(key, value), $"GetOrAdd({key}, {value})");
            case 17 or 18:
                time.Advance(TimeSpan.FromSeconds(1 + (key % 3)));
                return (0, 0, $"Advance({1 + (key % 3)} s)");
            default:
                return (cache.TryGet(key, out int found) ? found : -1, model.TryGet(key, out int modelFound) ? modelFound : -1, $"TryGet({key})");
        }
    }

    private static void Resize(Cache<int, int> cache, NaiveCache model, int capacity, long maxWeight)
    {
        if (cache.MaxWeight is null)
        {
            cache.Resize(capacity);
            model.Resize(capacity);
        }
        else
        {
            cache.Resize(capacity, maxWeight);
            model.Resize(capacity, maxWeight);
        }
    }
}
