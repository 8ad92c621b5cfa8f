using CsCheck;
using ScalePrimitives.Caching;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// What threads see of a key is explained by some order of their calls: operations run in parallel, and some sequence of the
/// same operations on a plain table must give the same results and leave the same content.
/// </summary>
public class CacheLinearizabilityTests
{
    private const int KeyCount = 2;
    private static readonly TimeSpan Long = TimeSpan.FromDays(1);

    private enum Kind
    {
        TryGet, Peek, Set, SetWithTimeToLive, AddOrUpdate, TryUpdate, Remove, RemovePair, GetOrAdd,
    }

    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Lru)]
    public void Operations_on_values_that_change_in_place_are_linearizable(EvictionPolicy policy)
    {
        Check(policy, number => number, value => value);
        Check<object>(policy, number => number, value => (int)value);
    }

    [Theory]
    [InlineData(EvictionPolicy.Lfu)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Operations_on_wide_structures_are_linearizable(EvictionPolicy policy) =>
        Check(policy, Wide.Of, value => value.Number);

    // CsCheck finds and shrinks what can be seen with few calls; the rounds make them meet more closely.
    [Fact]
    public void Random_programs_are_linearizable()
    {
        Gen<Operation> operations = Gen.Select(Gen.Int[0, (int)Kind.Remove], Gen.Int[0, KeyCount - 1], Gen.Int[0, 9], (kind, key, number) => new Operation((Kind)kind, key, number));
        GenOperation<Subject, Model> operation = operations.Operation<Subject, Model>(
            operation => operation.ToString(),
            (subject, operation) => subject.Note(operation),
            (model, operation) => model.Note(operation));
        Gen.Const(0).Select(_ => (new Subject(), new Model())).SampleParallel(
            [operation],
            equal: (subject, model) => subject.Equals(model),
            maxSequentialOperations: 3,
            maxParallelOperations: 5,
            iter: 150,
            threads: 3);
    }

    // The store of one thread must not wait in its processor's buffer while the thread goes on to read.
    [Theory]
    [InlineData(EvictionPolicy.Adaptive)]
    [InlineData(EvictionPolicy.Fifo)]
    public void Of_two_threads_that_set_a_key_each_and_then_read_the_others_one_sees_what_the_other_set(EvictionPolicy policy)
    {
        const int pairs = 2_000;
        const int pairsPerRound = 50; // in a row, so that the threads drift against each other
        var cache = new Cache<int, int>(2 * pairs, policy);
        for (int key = 0; key < 2 * pairs; key++)
        {
            cache.Set(key, -1);
        }

        int[][] seen = [new int[pairsPerRound], new int[pairsPerRound]];
        Concurrently.RunRounds(threads: 2, rounds: 4_000, (thread, round) =>
        {
            int first = round * pairsPerRound % pairs;
            for (int i = 0; i < pairsPerRound; i++)
            {
                int pair = 2 * (first + i);
                cache.Set(pair + thread, round);
                cache.TryGet(pair + 1 - thread, out seen[thread][i]);
            }
        }, check: round =>
        {
            int unexplained = Enumerable.Range(0, pairsPerRound).Count(i => seen[0][i] != round && seen[1][i] != round);
            Assert.True(unexplained == 0, $"Round {round}: {unexplained} times neither saw the other's value.");
        });
    }

    private static void Check<TValue>(EvictionPolicy policy, Func<int, TValue> valueOf, Func<TValue, int> numberOf)
    {
        const int threads = 2;
        const int operationCount = 4;
        var cache = new Cache<int, TValue>(KeyCount, policy);
        var state = new State(-1, -1);
        var random = new Random(1);
        Operation[][] scripts = NextScripts();
        int[][] results = [new int[operationCount], new int[operationCount]];
        Concurrently.RunRounds(threads, rounds: 10_000, (thread, _) =>
        {
            Operation[] script = scripts[thread];
            for (int i = 0; i < operationCount; i++)
            {
                results[thread][i] = Run(cache, script[i], valueOf, numberOf);
            }
        }, check: round =>
        {
            var content = new State(
                cache.Peek(0, out TValue? first) ? numberOf(first) : -1,
                cache.Peek(1, out TValue? second) ? numberOf(second) : -1);
            Assert.True(IsExplained(state, 0, 0, content), $"Round {round}, from {state} to {content}: {Describe(0)} | {Describe(1)}");
            state = content;
            scripts = NextScripts();
        });
        cache.CheckIntegrity();

        Operation[][] NextScripts() => [.. Enumerable.Range(0, threads).Select(_ => Enumerable.Range(0, operationCount)
            .Select(_ => new Operation((Kind)random.Next(9), random.Next(KeyCount), random.Next(5))).ToArray())];

        string Describe(int thread) => string.Join(", ", scripts[thread].Zip(results[thread], (operation, result) => $"{operation} = {result}"));

        // Whether the rest of both programs, in some order, gives the results seen and leaves the content seen.
        bool IsExplained(State from, int done0, int done1, State to)
        {
            if (done0 == operationCount && done1 == operationCount)
            {
                return from == to;
            }

            return (done0 < operationCount && From(scripts[0][done0], results[0][done0], next => IsExplained(next, done0 + 1, done1, to)))
                || (done1 < operationCount && From(scripts[1][done1], results[1][done1], next => IsExplained(next, done0, done1 + 1, to)));

            // A load during which the key was written is returned, and not stored.
            bool From(Operation operation, int seen, Func<State, bool> rest)
            {
                (int result, State next) = from.After(operation);
                return (result == seen && rest(next)) || (operation.Kind == Kind.GetOrAdd && seen == operation.Number && from[operation.Key] < 0 && rest(from));
            }
        }
    }

    private static int Run<TValue>(Cache<int, TValue> cache, Operation operation, Func<int, TValue> valueOf, Func<TValue, int> numberOf)
    {
        (Kind kind, int key, int number) = operation;
        TValue? value;
        switch (kind)
        {
            case Kind.TryGet:
                return cache.TryGet(key, out value) ? numberOf(value) : -1;
            case Kind.Peek:
                return cache.Peek(key, out value) ? numberOf(value) : -1;
            case Kind.Set:
                cache.Set(key, valueOf(number));
                return 0;
            case Kind.SetWithTimeToLive:
                cache.Set(key, valueOf(number), Long);
                return 0;
            case Kind.AddOrUpdate:
                return numberOf(cache.AddOrUpdate(key, valueOf(number), (_, old) => valueOf(numberOf(old) + 10)));
            case Kind.TryUpdate:
                return cache.TryUpdate(key, valueOf(number + 1), valueOf(number)) ? 1 : 0;
            case Kind.Remove:
                return cache.Remove(key, out value) ? numberOf(value) : -1;
            case Kind.RemovePair:
                return cache.Remove(KeyValuePair.Create(key, valueOf(number))) ? 1 : 0;
            default:
                return numberOf(cache.GetOrAdd(key, valueOf(number), static (_, value) => value));
        }
    }

    private readonly record struct Operation(Kind Kind, int Key, int Number)
    {
        public override string ToString() => $"{Kind}({Key}, {Number})";
    }

    /// <summary>The values of the two keys; -1 for none.</summary>
    private readonly record struct State(int First, int Second)
    {
        public int this[int key] => key == 0 ? First : Second;

        public (int Result, State Next) After(Operation operation)
        {
            (Kind kind, int key, int number) = operation;
            int old = this[key];
            return kind switch
            {
                Kind.TryGet or Kind.Peek => (old, this),
                Kind.Set or Kind.SetWithTimeToLive => (0, With(key, number)),
                Kind.AddOrUpdate => old < 0 ? (number, With(key, number)) : (old + 10, With(key, old + 10)),
                Kind.TryUpdate => old == number ? (1, With(key, number + 1)) : (0, this),
                Kind.Remove => (old, With(key, -1)),
                Kind.RemovePair => old == number ? (1, With(key, -1)) : (0, this),
                _ => old < 0 ? (number, With(key, number)) : (old, this),
            };
        }

        private State With(int key, int number) => key == 0 ? this with { First = number } : this with { Second = number };
    }

    private readonly record struct Wide(long A, long B, long C, long D)
    {
        public int Number => A == B && B == C && C == D ? (int)A : throw new InvalidOperationException("A torn value.");

        public static Wide Of(int number) => new(number, number, number, number);
    }

    private sealed class Subject
    {
        private readonly List<string> _results = [];

        public Cache<int, int> Cache { get; } = new(10, EvictionPolicy.Lru);

        public void Note(Operation operation)
        {
            int result = Run(Cache, operation, number => number, value => value);
            lock (_results)
            {
                _results.Add($"{operation}={result}");
            }
        }

        public bool Equals(Model model)
        {
            Cache.CheckIntegrity();
            return model.Holds(Cache.Peek(0, out int first) ? first : -1, Cache.Peek(1, out int second) ? second : -1)
                && _results.Order(StringComparer.Ordinal).SequenceEqual(model.Results.Order(StringComparer.Ordinal));
        }
    }

    private sealed class Model
    {
        private State _state = new(-1, -1);

        public List<string> Results { get; } = [];

        public bool Holds(int first, int second) => _state == new State(first, second);

        public void Note(Operation operation)
        {
            (int result, _state) = _state.After(operation);
            Results.Add($"{operation}={result}");
        }
    }
}
