using FsCheck;
using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Caching;

/// <summary>
/// Random command lists run against the wheel and against a plain list of deadlines: what is found was due, what was due a
/// tick ago is found, and the structure is sound after every step. Spans are of every magnitude, from one unit to all time.
/// </summary>
public class TimerWheelModelTests
{
    private readonly List<TestEntry> _scheduled = [];
    private readonly List<string> _log = [];

    [Property(MaxTest = 1000, EndSize = 300)]
    public void The_wheel_finds_what_a_list_of_deadlines_finds(byte clock, DoNotSize<long> start, (byte Command, byte Magnitude, DoNotSize<long> Value)[] script)
    {
        long frequency = clock switch { < 64 => 1000, < 128 => 10_000_000, < 192 => 1_000_000_000, _ => 1 };

        // A third of the runs begins so late that deadlines and clock meet the end of time.
        long now = (clock % 3) switch { 0 => 0, 1 => start.Item, _ => long.MaxValue - (1L << (clock % 50)) };
        var wheel = new TimerWheel(frequency, now);
        _scheduled.Clear();
        _log.Clear();
        _log.Add($"frequency {frequency}, start {now}:");
        foreach ((byte command, byte magnitude, DoNotSize<long> value) in script)
        {
            now = Run(wheel, command, now, (value.Item & long.MaxValue) >> (magnitude % 64));
            wheel.CheckIntegrity();
            Require(wheel.Count == _scheduled.Count, "as many are counted as are scheduled");
        }

        Advance(wheel, long.MaxValue, int.MaxValue);
    }

    private long Run(TimerWheel wheel, byte command, long now, long span)
    {
        int chosen = _scheduled.Count == 0 ? 0 : (int)(span % _scheduled.Count);
        switch (command % 7)
        {
            case 0 when _scheduled.Count > 0:
                _log.Add($"Cancel(#{chosen})");
                wheel.Cancel(_scheduled[chosen]);
                _scheduled.RemoveAt(chosen);
                return now;
            case 1 or 2:
                now = Later(now, span);
                Advance(wheel, now, command < 128 ? int.MaxValue : command % 16);
                return now;
            case 3:
                Schedule(wheel, Earlier(now, span));
                return now;
            default:
                Schedule(wheel, Later(now, span));
                return now;
        }
    }

    private void Schedule(TimerWheel wheel, long deadline)
    {
        _log.Add($"Schedule({deadline})");
        var entry = new TestEntry(0);
        entry.Timer.Deadline = deadline;
        wheel.Schedule(entry);
        _scheduled.Add(entry);
    }

    private void Advance(TimerWheel wheel, long now, int budget)
    {
        _log.Add($"Advance(to {now}, {budget} steps)");
        int steps = budget;
        while (wheel.NextDue(now, ref steps) is { } due)
        {
            Require(due.Timer.Deadline <= now, "none comes early");
            Require(_scheduled.Remove((TestEntry)due), "none comes that is not scheduled");
        }

        Require(steps > 0 || budget < int.MaxValue, "without a limit, none is reached");
        long aTickAgo = Earlier(now, wheel.TickLength);
        Require(steps == 0 || _scheduled.TrueForAll(entry => entry.Timer.Deadline > aTickAgo), "what was due a tick ago is found");
    }

    private void Require(bool condition, string sentence)
    {
        if (!condition)
        {
            Assert.Fail($"{string.Join(' ', _log)}: {sentence}");
        }
    }

    private static long Later(long now, long span) => now > long.MaxValue - span ? long.MaxValue : now + span;

    private static long Earlier(long now, long span) => now < long.MinValue + span ? long.MinValue : now - span;
}
