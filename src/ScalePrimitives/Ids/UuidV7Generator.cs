using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScalePrimitives.Ids;

/// <summary>
/// Issues UUIDs of version 7 of which each is greater than the one before, as <see cref="Guid"/>, as text and as bytes in network order (RFC 9562
/// section 6.2, method 1: a counter of 26 bits behind the milliseconds, and 48 random bits). Never waits. Thread-safe; allocates nothing.
/// </summary>
/// <remarks>
/// <para>The order holds within the instance: ids of two instances, or of two processes, order by their milliseconds only.</para>
/// <para>Each millisecond begins with a random count below 2^25, so that more than 33 million ids fit into it; when they do not, the ids run ahead of
/// the clock. While the clock is behind the last id, set back or overtaken, ids keep the last id's millisecond and count on: they stay
/// unique and in order, and their time is wrong by as much.</para>
/// <para>Whoever knows an id knows when it was made, but cannot foresee the 48 random bits of the next.</para>
/// </remarks>
public sealed class UuidV7Generator : IIdGenerator<Guid>
{
    private const int CounterBits = 26;
    private const int LowCounterBits = 14; // what the variant leaves of two octets
    private const int RandomLength = 6;
    private const uint MaxCounter = (1 << CounterBits) - 1;
    private const uint StartMask = MaxCounter >> 1; // the top bit starts clear: room to count

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private long _unixMs = -1;
    private uint _counter;

    /// <param name="timeProvider">The clock, whose wall clock gives the timestamps; null for <see cref="TimeProvider.System"/>.</param>
    public UuidV7Generator(TimeProvider? timeProvider = null) => _timeProvider = timeProvider ?? TimeProvider.System;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The clock is before 1970.</exception>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public Guid Next()
    {
        (long unixMs, uint counter) = Advance(1);
        return Compose(unixMs, counter);
    }

    /// <inheritdoc/>
    /// <returns>Always true.</returns>
    /// <exception cref="InvalidOperationException">The clock is before 1970.</exception>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public bool TryNext(out Guid id)
    {
        id = Next();
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The clock is before 1970.</exception>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public ValueTask<Guid> NextAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<Guid>(cancellationToken) : ValueTask.FromResult(Next());

    /// <inheritdoc/>
    /// <returns>The length of <paramref name="destination"/>.</returns>
    /// <exception cref="InvalidOperationException">The clock is before 1970.</exception>
    /// <exception cref="CryptographicException">The system's generator failed.</exception>
    public int Fill(Span<Guid> destination)
    {
        for (int filled = 0; filled < destination.Length;)
        {
            int count = (int)Math.Min(destination.Length - filled, StartMask);
            (long unixMs, uint counter) = Advance(count);
            for (int i = 0; i < count; i++)
            {
                destination[filled++] = Compose(unixMs, counter + (uint)i);
            }
        }

        return destination.Length;
    }

    // Takes counts in a row, all of one millisecond, and returns the first.
    private (long UnixMs, uint Counter) Advance(int count)
    {
        long now = _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        if (now < 0)
        {
            throw new InvalidOperationException("The clock is before 1970, which a UUID of version 7 cannot say.");
        }

        Span<byte> random = RandomBuffer.Take(sizeof(uint));
        uint start = BinaryPrimitives.ReadUInt32BigEndian(random) & StartMask;
        random.Clear();
        lock (_lock)
        {
            if (now > _unixMs || _counter + (uint)count > MaxCounter + 1)
            {
                _unixMs = Math.Max(now, _unixMs + 1);
                _counter = start;
            }

            uint first = _counter;
            _counter += (uint)count;
            return (_unixMs, first);
        }
    }

    private static Guid Compose(long unixMs, uint counter)
    {
        Span<byte> random = RandomBuffer.Take(sizeof(ulong));
        ulong tail = BinaryPrimitives.ReadUInt64BigEndian(random) >> (64 - (8 * RandomLength));
        random.Clear();
        ulong low = ((ulong)(counter & ((1 << LowCounterBits) - 1)) << (8 * RandomLength)) | tail;
        return Uuid.Compose(7, ((ulong)unixMs << 16) | (counter >> LowCounterBits), low);
    }
}
