using CsCheck;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// What threads see of a key is explained by some order of their calls: operations run in parallel, and some sequence of the
/// same operations on a plain dictionary must give the same results and leave the same content.
/// </summary>
public class CacheLinearizabilityTests
{
    [Fact]
    public void Operations_on_single_keys_are_linearizable()
    {
        Gen<int> key = Gen.Int[0, 2];
        GenOperation<Subject, Model> set = key.Select(Gen.Int[0, 99]).Operation<Subject, Model>(
            pair => $"Set{pair}",
            (subject, pair) => subject.Note($"Set{pair}", () => { subject.Cache.Set(pair.Item1, pair.Item2); return 0; }),
            (model, pair) => model.Note($"Set{pair}", () => model.Content[pair.Item1] = pair.Item2, constant: 0));
        GenOperation<Subject, Model> get = key.Operation<Subject, Model>(
            k => $"TryGet({k})",
            (subject, k) => subject.Note($"TryGet({k})", () => subject.Cache.TryGet(k, out int value) ? value : -1),
            (model, k) => model.Note($"TryGet({k})", () => model.Content.GetValueOrDefault(k, -1)));
        GenOperation<Subject, Model> remove = key.Operation<Subject, Model>(
            k => $"Remove({k})",
            (subject, k) => subject.Note($"Remove({k})", () => subject.Cache.Remove(k, out int value) ? value : -1),
            (model, k) => model.Note($"Remove({k})", () => model.Content.Remove(k, out int value) ? value : -1));

        Gen.Const(0).Select(_ => (new Subject(), new Model())).SampleParallel(
            [set, get, remove],
            equal: (subject, model) => subject.Equals(model),
            maxSequentialOperations: 3,
            maxParallelOperations: 5,
            iter: 300,
            threads: 3);
    }

    private sealed class Subject
    {
        private readonly List<string> _results = [];

        public Cache<int, int> Cache { get; } = new(10, EvictionPolicy.Lru);

        public void Note(string operation, Func<int> run)
        {
            int result = run();
            lock (_results)
            {
                _results.Add($"{operation}={result}");
            }
        }

        public bool Equals(Model model)
        {
            Cache.CheckIntegrity();
            return Cache.OrderBy(entry => entry.Key).SequenceEqual(model.Content.OrderBy(entry => entry.Key))
                && _results.Order(StringComparer.Ordinal).SequenceEqual(model.Results.Order(StringComparer.Ordinal));
        }
    }

    private sealed class Model
    {
        public Dictionary<int, int> Content { get; } = [];

        public List<string> Results { get; } = [];

        public void Note(string operation, Func<int> run, int? constant = null)
        {
            int result = run();
            Results.Add($"{operation}={constant ?? result}");
        }
    }
}
