using ScalePrimitives.Ids;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Ids;

public class SnowflakeOptionsTests
{
    [Fact]
    public void The_documented_construction_works()
    {
        var generator = new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 1, Server = 2 });
        SnowflakeParts parts = generator.Layout.Decode(generator.Next());
        Assert.Equal((1, 2), (parts.Datacenter, parts.Server));
        Assert.InRange((parts.Timestamp - TimeProvider.System.GetUtcNow()).TotalSeconds, -60, 60);
    }

    [Fact]
    public void Defaults_are_those_documented()
    {
        var options = new SnowflakeOptions();
        Assert.Equal(SnowflakeLayout.Twitter, options.Layout);
        Assert.Null(options.Datacenter);
        Assert.Null(options.Server);
        Assert.Equal(TimeSpan.FromMilliseconds(50), options.BorrowLimit);
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.ClockRollbackTolerance);
        Assert.Equal(ClockRollbackPolicy.Wait, options.ClockRollback);
        Assert.Equal(TimeSpan.FromSeconds(5), options.MaxWait);
        Assert.Same(TimeProvider.System, options.TimeProvider);
    }

    [Fact]
    public void Setters_refuse_what_is_out_of_range_and_keep_the_old_value()
    {
        var options = new SnowflakeOptions { Server = 7 };
        Assert.Equal("Server", Assert.Throws<ArgumentOutOfRangeException>(() => options.Server = -1).ParamName);
        Assert.Equal("Datacenter", Assert.Throws<ArgumentOutOfRangeException>(() => options.Datacenter = -1).ParamName);
        Assert.Equal("BorrowLimit", Assert.Throws<ArgumentOutOfRangeException>(() => options.BorrowLimit = TimeSpan.FromTicks(-1)).ParamName);
        Assert.Equal("ClockRollbackTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => options.ClockRollbackTolerance = TimeSpan.FromHours(2)).ParamName);
        Assert.Equal("MaxWait", Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxWait = TimeSpan.FromHours(2)).ParamName);
        Assert.Equal("ClockRollback", Assert.Throws<ArgumentOutOfRangeException>(() => options.ClockRollback = (ClockRollbackPolicy)2).ParamName);
        Assert.Throws<ArgumentNullException>(() => options.Layout = null!);
        Assert.Throws<ArgumentNullException>(() => options.TimeProvider = null!);
        Assert.Equal(7, options.Server);
        options.Server = null;
        Assert.Null(options.Server);
    }

    [Fact]
    public void An_identity_that_the_layout_has_a_field_for_must_be_given()
    {
        Assert.Contains("Server must be set", Refusal(new SnowflakeOptions { Datacenter = 1 }), StringComparison.Ordinal);
        Assert.Contains("Datacenter must be set", Refusal(new SnowflakeOptions { Server = 1 }), StringComparison.Ordinal);
        Assert.Contains("Datacenter must not be set", Refusal(new SnowflakeOptions { Layout = SnowflakeLayout.Sonyflake, Datacenter = 0, Server = 1 }), StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new SnowflakeGenerator(null!));
    }

    [Fact]
    public void An_identity_must_fit_its_field()
    {
        var options = new SnowflakeOptions { Layout = SnowflakeLayout.Sonyflake, Server = 65_536 };
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new SnowflakeGenerator(options));
        Assert.Equal("options.Server", refusal.ParamName);
        Assert.Contains("from 0 to 65535", refusal.Message, StringComparison.Ordinal);
        options.Server = 65_535;
        Assert.NotNull(new SnowflakeGenerator(options));
    }

    [Fact]
    public void The_longest_wait_must_reach_the_next_unit()
    {
        var options = new SnowflakeOptions { Layout = SnowflakeLayout.Sonyflake, Server = 1, MaxWait = TimeSpan.FromMilliseconds(9) };
        Assert.Contains("MaxWait", Refusal(options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_outside_the_layout_is_refused_at_construction()
    {
        SnowflakeLayout layout = SnowflakeSamples.Wide;
        foreach (DateTimeOffset instant in new[] { layout.Epoch.AddTicks(-1), layout.ExpiresAt })
        {
            SnowflakeOptions options = SnowflakeSamples.Options(layout, new ManualTimeProvider(instant));
            Assert.Contains("timestamps run from", Assert.Throws<InvalidOperationException>(() => new SnowflakeGenerator(options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_are_copied()
    {
        var clock = new ManualTimeProvider();
        SnowflakeOptions options = SnowflakeSamples.Options(SnowflakeLayout.Twitter, clock);
        var generator = new SnowflakeGenerator(options);
        options.Server = 30;
        options.TimeProvider = TimeProvider.System;
        clock.Advance(SnowflakeSamples.Millisecond);
        Assert.Equal(2, generator.Layout.Decode(generator.Next()).Server);
    }

    private static string Refusal(SnowflakeOptions options) =>
        Assert.Throws<ArgumentException>(() => new SnowflakeGenerator(options)).Message;
}
