using System.Data.Common;
using System.Diagnostics;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Benchmarks.Sharding;

/// <summary>One who writes rows of a slot, wherever the slot is. Used by one at a time.</summary>
internal sealed class SlotWriter(SlotShards shards, int slot, Func<int> row, TimeSpan time = default)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private string _shard = "a";

    /// <summary>Gets the longest time from a write's first try to its acceptance.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Gets how many writes were accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Writes a row, as often as it is refused.</summary>
    public async Task WriteAsync()
    {
        long asked = Stopwatch.GetTimestamp();
        int id = row();
        while (!await TryWriteAsync(id))
        {
        }

        TimeSpan wait = Stopwatch.GetElapsedTime(asked) - time;
        LongestWait = wait > LongestWait ? wait : LongestWait;
        Accepted++;
    }

    private async Task<bool> TryWriteAsync(int id)
    {
        try
        {
            await shards.WriteAsync(_shard, slot, id, time);
            return true;
        }
        catch (StaleShardMapException moved)
        {
            _shard = moved.ShardId;
        }
        catch (Exception exception) when (exception is SlotFrozenException or DbException { IsTransient: true })
        {
            await Task.Delay(Pause);
        }

        return false;
    }
}
