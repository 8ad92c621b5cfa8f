using System.Text.Json;
using FsCheck;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

public class MultiMasterSequenceTests
{
    [Fact]
    public void The_numbers_are_those_that_MariaDB_gives_and_offsets_it_breaks_on_are_refused()
    {
        int continued = 0;
        int refused = 0;
        foreach (JsonElement row in IdVectors.Read("auto-increment.json"))
        {
            long offset = row.Number("offset");
            long step = row.Number("increment");
            if (offset > step)
            {
                Assert.Equal("offset", Assert.Throws<ArgumentOutOfRangeException>(() => new MultiMasterSequence(offset, step)).ParamName);
                refused++;
                continue;
            }

            var sequence = new MultiMasterSequence(offset, step);
            long last = row.Number("existing_max");
            foreach (JsonElement next in row.GetProperty("next").EnumerateArray())
            {
                last = sequence.After(last);
                Assert.Equal(next.GetInt64(), last);
            }

            continued++;
        }

        Assert.Equal((11, 2), (continued, refused));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 5)]
    [InlineData(1, 0)]
    [InlineData(1, -1)]
    [InlineData(6, 5)]
    public void Offset_and_step_have_bounds(long offset, long step) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiMasterSequence(offset, step));

    [Fact]
    public void The_first_number_follows_every_value_below_it()
    {
        var sequence = new MultiMasterSequence(5, 10);
        Assert.Equal(5, sequence.AtLeast(long.MinValue));
        Assert.Equal(5, sequence.After(long.MinValue));
        Assert.Equal(5, sequence.AtLeast(5));
        Assert.Equal(15, sequence.After(5));
    }

    [Fact]
    public void The_end_of_64_bits_throws_and_never_wraps()
    {
        var all = new MultiMasterSequence(1, 1);
        Assert.Equal(long.MaxValue, all.AtLeast(long.MaxValue));
        Assert.Equal(long.MaxValue, all.After(long.MaxValue - 1));
        Assert.Throws<OverflowException>(() => all.After(long.MaxValue));

        var even = new MultiMasterSequence(2, 2);
        Assert.Equal(long.MaxValue - 1, even.After(long.MaxValue - 2));
        Assert.Throws<OverflowException>(() => even.After(long.MaxValue - 1));
        Assert.Throws<OverflowException>(() => even.AtLeast(long.MaxValue));
    }

    [Property(MaxTest = 500)]
    public bool The_number_after_a_value_is_the_first_of_the_progression_past_it(DoNotSize<ulong> a, DoNotSize<ulong> b, DoNotSize<long> value)
    {
        long step = 1 + (long)(a.Item >> 2);
        long offset = 1 + (long)(b.Item % (ulong)step);
        long from = value.Item >> 1; // the sum of value and step must not overflow here
        var sequence = new MultiMasterSequence(offset, step);
        long next = sequence.After(from);
        return next > from
            && (next - offset) % step == 0
            && (next == offset || next - step <= from)
            && next == sequence.AtLeast(next)
            && sequence.AtLeast(from) == (from >= offset && (from - offset) % step == 0 ? from : next);
    }

    [Property]
    public bool Masters_of_one_step_never_collide_and_leave_no_gap(PositiveInt step, PositiveInt from)
    {
        int masters = 1 + (step.Get % 20);
        IEnumerable<long> numbers = Enumerable.Range(1, masters).Select(offset => new MultiMasterSequence(offset, masters).After(from.Get));
        return numbers.Order().SequenceEqual(Enumerable.Range(1, masters).Select(i => (long)from.Get + i));
    }
}
