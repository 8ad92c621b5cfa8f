using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;
using static ScalePrimitives.Tests.Ids.SnowflakeSamples;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What a command of the model tests does to the clock or asks of the generator.</summary>
public enum SnowflakeAct
{
    TryNext,
    NextAsync,
    Fill,
    Advance,
    StepForward,
    StepBack,
    Restart,
}

public sealed record SnowflakeCommand(SnowflakeAct Act, byte Amount);

/// <summary>Random commands on a clock that jumps both ways, against a model that issues one id at a time.</summary>
public class SnowflakeGeneratorModelTests
{
    [Property(MaxTest = 500)]
    public void Ids_are_those_of_the_model_whatever_the_clock_does(SnowflakeCommand[] commands, byte borrowMs, byte toleranceMs, byte shape)
    {
        SnowflakeLayout layout = Shape(shape);
        int borrow = borrowMs % 6;
        int tolerance = toleranceMs % 9;
        var clock = new ManualTimeProvider(Epoch.AddMilliseconds(1_000.5));
        var generator = new SnowflakeGenerator(Options(layout, clock, borrow, tolerance));
        var model = new Model(layout, layout.TickAt(clock.GetUtcNow()), borrow / (int)layout.Unit.TotalMilliseconds, (int)Math.Ceiling(tolerance / layout.Unit.TotalMilliseconds));
        foreach (SnowflakeCommand command in commands.Where(command => command.Act != SnowflakeAct.Restart))
        {
            Move(clock, command);
            long now = layout.TickAt(clock.GetUtcNow());
            List<long> expected = model.Take(Wanted(command), now);
            Assert.Equal(expected, Draw(generator, command));
        }
    }

    [Property(MaxTest = 500)]
    public void Restarted_generators_go_on_above_their_predecessors_while_the_clock_is_not_set_back(SnowflakeCommand[] commands, byte borrowMs, byte shape)
    {
        SnowflakeLayout layout = Shape(shape);
        var clock = new ManualTimeProvider(Epoch.AddMilliseconds(1_000.5));
        SnowflakeOptions options = Options(layout, clock, borrowMs % 6);
        var generator = new SnowflakeGenerator(options);
        long last = 0;
        foreach (SnowflakeCommand command in commands.Where(command => command.Act != SnowflakeAct.StepBack))
        {
            Move(clock, command);
            if (command.Act == SnowflakeAct.Restart)
            {
                generator = new SnowflakeGenerator(options);
            }

            foreach (long id in Draw(generator, command))
            {
                Assert.True(id > last, $"{id} follows {last}");
                last = id;
            }
        }
    }

    private static SnowflakeLayout Shape(byte shape) => (shape % 4) switch
    {
        0 => Narrow,
        1 => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Timestamp(42), SnowflakeField.Sequence(1), SnowflakeField.Server(3), SnowflakeField.Unused(18)),
        2 => SnowflakeLayout.Create(Epoch, TimeSpan.FromMilliseconds(2), SnowflakeField.Unused(9), SnowflakeField.Datacenter(2), SnowflakeField.Timestamp(40), SnowflakeField.Server(10), SnowflakeField.Sequence(3)),
        _ => SnowflakeLayout.Create(Epoch, Millisecond, SnowflakeField.Unused(20), SnowflakeField.Timestamp(40), SnowflakeField.Server(4)),
    };

    private static void Move(ManualTimeProvider clock, SnowflakeCommand command)
    {
        switch (command.Act)
        {
            case SnowflakeAct.Advance:
                clock.Advance(TimeSpan.FromMilliseconds(command.Amount % 4));
                break;
            case SnowflakeAct.StepForward:
                clock.StepWall(TimeSpan.FromMilliseconds(command.Amount % 16));
                break;
            case SnowflakeAct.StepBack:
                clock.StepWall(TimeSpan.FromMilliseconds(-(command.Amount % 16)));
                break;
        }
    }

    private static int Wanted(SnowflakeCommand command) => command.Act switch
    {
        SnowflakeAct.TryNext or SnowflakeAct.NextAsync => 1,
        SnowflakeAct.Fill => command.Amount % 20,
        _ => 0,
    };

    private static List<long> Draw(SnowflakeGenerator generator, SnowflakeCommand command)
    {
        switch (command.Act)
        {
            case SnowflakeAct.TryNext:
                return generator.TryNext(out long id) ? [id] : [];
            case SnowflakeAct.NextAsync:
                // A call that would have to wait is given up at once.
                using (var source = new CancellationTokenSource())
                {
                    ValueTask<long> next = generator.NextAsync(source.Token);
                    if (next.IsCompletedSuccessfully)
                    {
                        return [next.Result];
                    }

                    source.Cancel();
                    Assert.ThrowsAny<OperationCanceledException>(() => next.AsTask().GetAwaiter().GetResult());
                    return [];
                }

            case SnowflakeAct.Fill:
                var batch = new long[Wanted(command)];
                return [.. batch.Take(generator.Fill(batch))];
            default:
                return [];
        }
    }

    private sealed class Model(SnowflakeLayout layout, long start, int borrowTicks, int toleranceTicks)
    {
        private readonly int _lastSequence = (1 << layout.SequenceBits) - 1;
        private long _tick = start + borrowTicks;
        private int _sequence = (1 << layout.SequenceBits) - 1;

        public List<long> Take(int wanted, long now)
        {
            var ids = new List<long>();
            while (ids.Count < wanted && Step(now))
            {
                ids.Add(layout.Encode(_tick, layout.DatacenterBits > 0 ? 1 : 0, layout.ServerBits > 0 ? 2 : 0, _sequence));
            }

            return ids;
        }

        private bool Step(long now)
        {
            if (now > _tick)
            {
                (_tick, _sequence) = (now, 0);
                return true;
            }

            if (_sequence < _lastSequence)
            {
                // Within a tick, the clock may be behind by what was borrowed and by what is tolerated.
                bool allowed = _tick - now <= borrowTicks + toleranceTicks;
                _sequence += allowed ? 1 : 0;
                return allowed;
            }

            bool borrows = _tick + 1 - now <= borrowTicks;
            if (borrows)
            {
                (_tick, _sequence) = (_tick + 1, 0);
            }

            return borrows;
        }
    }
}
