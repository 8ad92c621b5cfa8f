using System.Security.Cryptography;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

internal sealed class RandomUuidQuestion : IPairedQuestion
{
    private const int UuidSize = 16;

    public string Name => "id-uuid4";

    public string Title => "A random UUID, beside its 16 bytes of the system's generator drawn 4,096 bytes at a time.";

    public int MaxThreads => 2;

    public IReadOnlyList<Contender> CreateContenders(bool isShort) =>
    [
        new RandomBytes(),
        new DrawContender<GuidDraw.Version4>("Uuid.NewVersion4", default),
        new DrawContender<GuidDraw.NewGuid>("Guid.NewGuid", default),
    ];

    private sealed class RandomBytes() : Contender("bulk random bytes")
    {
        public override long Run(int worker, int operations)
        {
            Span<byte> bytes = stackalloc byte[4096];
            for (int drawn = 0; drawn < operations; drawn += bytes.Length / UuidSize)
            {
                RandomNumberGenerator.Fill(bytes[..(Math.Min(operations - drawn, bytes.Length / UuidSize) * UuidSize)]);
            }

            return bytes[0];
        }
    }
}
