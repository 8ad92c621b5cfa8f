using ScalePrimitives.Benchmarks.Paired;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

internal sealed class TimedUuidQuestion : IPairedQuestion
{
    public string Name => "id-uuid7";

    public string Title => "An id of 16 bytes that orders by time, beside one clock read. NewId's and Ulid's are no UUIDs of version 7, but taken in its place.";

    public int MaxThreads => 2;

    public IReadOnlyList<Contender> CreateContenders(bool isShort) =>
    [
        new DrawContender<ClockDraw>("clock read", default),
        new DrawContender<GuidDraw.Version7>("Uuid.NewVersion7", default),
        new DrawContender<GuidDraw.RisingVersion7>("UuidV7Generator", new()),
        new FillContender(),
        new DrawContender<GuidDraw.CreateVersion7>("Guid.CreateVersion7", default),
        new DrawContender<GuidDraw.UuidNextSequential>("UUIDNext", default),
        new DrawContender<GuidDraw.NewIdSequential>("NewId", default),
        new DrawContender<GuidDraw.NewUlid>("Ulid", default),
    ];

    private sealed class FillContender() : Contender("Uuid.FillVersion7, 256")
    {
        public override long Run(int worker, int operations)
        {
            Span<Guid> batch = stackalloc Guid[256];
            for (int drawn = 0; drawn < operations; drawn += batch.Length)
            {
                Uuid.FillVersion7(batch[..Math.Min(operations - drawn, batch.Length)]);
            }

            return batch[0].GetHashCode();
        }
    }
}
