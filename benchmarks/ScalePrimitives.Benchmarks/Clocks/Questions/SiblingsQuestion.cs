using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Benchmarks.Clocks.Questions;

internal sealed class SiblingsQuestion : IPairedQuestion
{
    public string Name => "clock-siblings";

    public string Title => "What a replica does with a key that three replicas write, beside the merge of its clock: a put over what was read, a merge that brings nothing, one of a conflict.";

    public int MaxThreads => 1;

    public IReadOnlyList<Contender> CreateContenders(bool isShort)
    {
        var set = DottedVersionVectorSet<string>.Empty;
        foreach (ulong actor in (ulong[])[1, 2, 3])
        {
            set = set.Put(set.Context, "value", actor);
        }

        DottedVersionVectorSet<string> left = set.Put(set.Context, "left", 1);
        DottedVersionVectorSet<string> right = set.Put(set.Context, "right", 2);
        VectorClock leftClock = VectorClock.From([new(1, 2), new(2, 1), new(3, 1)]);
        VectorClock rightClock = VectorClock.From([new(1, 1), new(2, 2), new(3, 1)]);
        return
        [
            new DrawContender<Clocks>("VectorClock.Merge", new(leftClock, rightClock)),
            new DrawContender<Put>("Put", new(set)),
            new DrawContender<Merge>("Merge, nothing new", new(left, set)),
            new DrawContender<Merge>("Merge, a conflict", new(left, right)),
        ];
    }

    private readonly struct Clocks(VectorClock left, VectorClock right) : IDraw
    {
        public long Draw() => left.Merge(right).Count;
    }

    private readonly struct Put(DottedVersionVectorSet<string> set) : IDraw
    {
        public long Draw() => set.Put(set.Context, "next", 2).Dots.Length;
    }

    private readonly struct Merge(DottedVersionVectorSet<string> left, DottedVersionVectorSet<string> right) : IDraw
    {
        public long Draw() => left.Merge(right).Dots.Length;
    }
}
