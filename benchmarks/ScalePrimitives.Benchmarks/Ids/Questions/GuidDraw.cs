using System.Runtime.CompilerServices;
using ScalePrimitives.Benchmarks.Paired;

namespace ScalePrimitives.Benchmarks.Ids.Questions;

/// <summary>Draws of 16-byte ids, one structure a source: only so does each have its own loop.</summary>
internal static class GuidDraw
{
    public readonly struct Version4 : IDraw
    {
        public long Draw() => Fold(ScalePrimitives.Ids.Uuid.NewVersion4());
    }

    public readonly struct NewGuid : IDraw
    {
        public long Draw() => Fold(Guid.NewGuid());
    }

    public readonly struct Version7 : IDraw
    {
        public long Draw() => Fold(ScalePrimitives.Ids.Uuid.NewVersion7());
    }

    public readonly struct RisingVersion7() : IDraw
    {
        private readonly ScalePrimitives.Ids.UuidV7Generator _generator = new();

        public long Draw() => Fold(_generator.Next());
    }

    public readonly struct CreateVersion7 : IDraw
    {
        public long Draw() => Fold(Guid.CreateVersion7());
    }

    public readonly struct UuidNextSequential : IDraw
    {
        public long Draw() => Fold(UUIDNext.Uuid.NewSequential());
    }

    public readonly struct NewIdSequential : IDraw
    {
        public long Draw() => Fold(MassTransit.NewId.NextSequentialGuid());
    }

    public readonly struct NewUlid : IDraw
    {
        public long Draw()
        {
            Ulid ulid = Ulid.NewUlid();
            return Unsafe.As<Ulid, long>(ref ulid);
        }
    }

    private static long Fold(Guid id) => Unsafe.As<Guid, long>(ref id) ^ Unsafe.Add(ref Unsafe.As<Guid, long>(ref id), 1);
}
