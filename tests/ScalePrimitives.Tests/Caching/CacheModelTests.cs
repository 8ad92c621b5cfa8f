using System.Text;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// Random command lists run against the cache and against <see cref="NaiveCache"/>: every result, every removal with its
/// cause and order, and the whole content must be equal after every step, and the structures sound. FsCheck shrinks the list;
/// the failure shows it in words.
/// </summary>
public class CacheModelTests
{
    private const int KeyCount = 12;

    [Property(MaxTest = 300, EndSize = 200)]
    public void Lru_equals_the_textbook_list(byte capacity, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Lru, capacity, script);

    [Property(MaxTest = 300, EndSize = 200)]
    public void Lfu_equals_the_textbook_list(byte capacity, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Lfu, capacity, script);

    [Property(MaxTest = 300, EndSize = 200)]
    public void Fifo_equals_the_textbook_list(byte capacity, (byte Command, byte Key)[] script) => Compare(EvictionPolicy.Fifo, capacity, script);

    // What adaptive evicts is its own business; but what it holds must be what went in and was not reported out.
    [Property(MaxTest = 300, EndSize = 200)]
    public void Adaptive_holds_exactly_what_was_set_and_not_reported_removed(byte capacity, (byte Command, byte Key)[] script)
    {
        var expected = new Dictionary<int, int>();
        using var cache = new Cache<int, int>(new CacheOptions<int, int>
        {
            Capacity = 1 + (capacity % 20),
            OnRemoved = (key, value, cause) =>
            {
                // A replaced value left before the new one was noted here.
                if (cause == RemovalCause.Replaced)
                {
                    return;
                }

                Assert.True(expected.Remove(key, out int old));
                Assert.Equal(old, value);
            },
        });

        for (int step = 0; step < script.Length; step++)
        {
            int key = script[step].Key % (3 * KeyCount);
            switch (script[step].Command % 8)
            {
                case 0:
                    Assert.Equal(expected.ContainsKey(key), cache.Remove(key));
                    Assert.False(expected.ContainsKey(key)); // taken out by the callback
                    break;
                case 1:
                    Assert.Equal(expected.TryGetValue(key, out int present), cache.TryGet(key, out int found));
                    Assert.Equal(present, found);
                    break;
                case 2 when step % 5 == 0:
                    cache.Clear();
                    break;
                case 3 or 4 or 5:
                    expected.TryAdd(key, step);
                    Assert.Equal(expected[key], cache.GetOrAdd(key, step, static (_, step) => step));
                    break;
                default:
                    expected[key] = step;
                    cache.Set(key, step);
                    break;
            }

            cache.CheckIntegrity();
            Assert.Equal(expected.OrderBy(entry => entry.Key), cache.OrderBy(entry => entry.Key));
        }
    }

    private static void Compare(EvictionPolicy policy, byte capacityByte, (byte Command, byte Key)[] script)
    {
        int capacity = 1 + (capacityByte % 8);
        var removed = new List<(int, int, RemovalCause)>();
        using var cache = new Cache<int, int>(new CacheOptions<int, int> { Capacity = capacity, Policy = policy, OnRemoved = (key, value, cause) => removed.Add((key, value, cause)) });
        var model = new NaiveCache(capacity, policy);
        var log = new StringBuilder($"capacity {capacity}:");
        for (int step = 0; step < script.Length; step++)
        {
            (int actual, int expected, string command) = Run(cache, model, script[step].Command % 12, script[step].Key % KeyCount, step);
            log.Append(' ').Append(command);
            Assert.True(expected == actual, $"{log}: expected {expected}, was {actual}");
            Assert.True(Sorted(model.Content).SequenceEqual(Sorted(cache.Select(entry => (entry.Key, entry.Value)))), $"{log}: expected [{string.Join(", ", model.Content)}], was [{string.Join(", ", cache)}]");

            // Clear reports in no set order.
            Assert.True(Sorted(model.Removed).SequenceEqual(Sorted(removed)), $"{log}: expected removals [{string.Join(", ", model.Removed)}], were [{string.Join(", ", removed)}]");
            removed.Clear();
            model.Removed.Clear();
            cache.CheckIntegrity();
        }
    }

    private static (int Actual, int Expected, string Command) Run(Cache<int, int> cache, NaiveCache model, int command, int key, int value)
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
                return (cache.Count, 0, "Clear()");
            case 3 or 4 or 5:
                cache.Set(key, value);
                model.Set(key, value);
                return (0, 0, $"Set({key}, {value})");
            case 6 or 7 or 8:
                return (cache.GetOrAdd(key, value, static (_, value) => value), model.GetOrAdd(key, value), $"GetOrAdd({key}, {value})");
            default:
                return (cache.TryGet(key, out int found) ? found : -1, model.TryGet(key, out int modelFound) ? modelFound : -1, $"TryGet({key})");
        }
    }

    private static IEnumerable<T> Sorted<T>(IEnumerable<T> items) => items.Order();
}
