using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Architecture;

/// <summary>Time and randomness are injected, and placement never depends on the process: the calls that would break it do not occur.</summary>
public class BannedCallTests
{
    [Theory]
    [InlineData(typeof(DateTime), "get_UtcNow")]
    [InlineData(typeof(DateTime), "get_Now")]
    [InlineData(typeof(DateTimeOffset), "get_UtcNow")]
    [InlineData(typeof(DateTimeOffset), "get_Now")]
    [InlineData(typeof(Environment), "get_TickCount64")]
    [InlineData(typeof(Environment), "get_TickCount")]
    [InlineData(typeof(System.Diagnostics.Stopwatch), "GetTimestamp")]
    [InlineData(typeof(Thread), "Sleep")]
    [InlineData(typeof(Random), "get_Shared")]
    [InlineData(typeof(Random), ".ctor")]
    [InlineData(typeof(string), "GetHashCode")]
    [InlineData(typeof(Guid), "NewGuid")]
    [InlineData(typeof(Guid), "CreateVersion7")]
    [InlineData(typeof(HashCode), "Combine")]
    [InlineData(typeof(HashCode), "Add")]
    public void The_library_does_not_call(Type declaring, string member) => Assert.Empty(CallersOf(declaring, member));

    // A refresh of the cache, a fetch of tickets, and the end of a stream's shards, each of which may hold its thread.
    [Fact]
    public void Only_three_types_put_work_on_the_pool() => Assert.Equal(
        ["ScalePrimitives.Caching.Cache`2", "ScalePrimitives.Ids.TicketGenerator", "ScalePrimitives.Sharding.ScatterGather"],
        CallersOf(typeof(Task), "Run").Select(name => name!.Split('+')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static IEnumerable<string?> CallersOf(Type declaring, string member) => typeof(KeyHash).Assembly.GetTypes()
        .Where(type => IlReader.References(type).Any(reference => reference.DeclaringType == declaring && reference.Name == member))
        .Select(type => type.FullName);
}
