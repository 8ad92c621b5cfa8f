using System.Data.Common;
using ScalePrimitives.Clocks;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests;

/// <summary>The stores of <see cref="ActorLease"/> and <see cref="HybridLogicalClock"/>, on every engine.</summary>
public sealed class ClockStoreTests(PostgresServer postgres, MariaDbServer mariaDb) : EveryEngine(postgres, mariaDb), IClassFixture<MariaDbServer>
{
    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Epochs_rise_by_replica_whichever_client_asks(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource source = database.Open();
        var store = new SqlActorEpochStore(source, dialect);
        await store.CreateSchemaAsync(TestToken);
        ActorLease first = await ActorLease.AcquireAsync(store, 7, TestToken);
        ActorLease second = await ActorLease.AcquireAsync(new SqlActorEpochStore(source, dialect), 7, TestToken);
        Assert.Equal([ActorId.Create(7, 1), ActorId.Create(7, 2)], (ulong[])[first.Actor, second.Actor]);
        Assert.Equal(ActorId.Create(uint.MaxValue, 1), (await ActorLease.AcquireAsync(store, uint.MaxValue, TestToken)).Actor);
        Assert.Equal(ActorId.Create(7, 3), await first.RenewAsync(first.Actor, TestToken));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_mark_never_falls_and_is_there_for_the_next_client(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource source = database.Open();
        var store = new SqlClockMarkStore(source, dialect, "a");
        await store.CreateSchemaAsync(TestToken);
        await store.CreateSchemaAsync(TestToken);
        Assert.Equal(HybridTimestamp.MinValue, await store.RaiseAsync(HybridTimestamp.MinValue, TestToken));
        HybridTimestamp[] marks = [new(1_795_421_700_250, 3), new(1_795_421_700_250, 4), HybridTimestamp.MaxValue];
        foreach (HybridTimestamp mark in marks)
        {
            Assert.Equal(mark, await store.RaiseAsync(mark, TestToken));
            Assert.Equal(mark, await store.RaiseAsync(marks[0], TestToken));
            Assert.Equal(mark, await new SqlClockMarkStore(source, dialect, "a").RaiseAsync(HybridTimestamp.MinValue, TestToken));
        }

        Assert.Equal(HybridTimestamp.MinValue, await new SqlClockMarkStore(source, dialect, "A").RaiseAsync(HybridTimestamp.MinValue, TestToken));
        HybridLogicalClock clock = await HybridLogicalClock.OpenAsync(new SqlClockMarkStore(source, dialect, "b"), cancellationToken: TestToken);
        Assert.True(clock.Now() > HybridTimestamp.MinValue);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Without_a_schema_they_say_so(SqlDialect dialect)
    {
        TestDatabase database = await NewDatabaseAsync(dialect);
        await using DbDataSource source = database.Open();
        await Assert.ThrowsAnyAsync<DbException>(async () => await new SqlActorEpochStore(source, dialect).TakeEpochAsync(1, TestToken));
        await Assert.ThrowsAnyAsync<DbException>(async () => await new SqlClockMarkStore(source, dialect, "a").RaiseAsync(HybridTimestamp.MinValue, TestToken));
        Assert.Throws<ArgumentException>("clock", () => new SqlClockMarkStore(source, dialect, "two words"));
        Assert.Throws<ArgumentException>("table", () => new SqlClockMarkStore(source, dialect, "a", "x; DROP TABLE y"));
    }
}
