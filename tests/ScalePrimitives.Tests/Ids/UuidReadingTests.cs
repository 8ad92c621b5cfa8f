using System.Text.Json;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>What is read out of UUIDs, and the order of SQL Server.</summary>
public class UuidReadingTests
{
    [Fact]
    public void Timestamps_are_those_of_the_vectors()
    {
        int read = 0;
        foreach (JsonElement row in IdVectors.Read("uuid-timestamps.json").Concat(IdVectors.Read("uuid-rfc9562.json")))
        {
            if (row.TryGetProperty("v1", out JsonElement one))
            {
                Assert.True(Uuid.TryGetTimestamp(Guid.Parse(one.GetString()!), out DateTimeOffset first));
                Assert.True(Uuid.TryGetTimestamp(Guid.Parse(row.Text("v6")), out DateTimeOffset sixth));
                Assert.Equal(first, sixth);
                continue;
            }

            string text = row.TryGetProperty("uuid", out JsonElement uuid) ? uuid.GetString()! : row.Text("uuid_prefix") + "000-8000-000000000000";
            bool hasTime = row.Number("version") is 1 or 6 or 7;
            Assert.Equal(hasTime, Uuid.TryGetTimestamp(Guid.Parse(text), out DateTimeOffset timestamp));
            if (row.TryGetProperty("unix_ms", out JsonElement unixMs))
            {
                Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(unixMs.GetInt64()), timestamp);
                read++;
            }
            else if (row.TryGetProperty("ticks_100ns_since_unix_epoch", out JsonElement ticks))
            {
                Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(ticks.GetInt64()), timestamp);
                read++;
            }
        }

        Assert.Equal(7, read);
    }

    [Property]
    public void A_timestamp_comes_out_as_it_went_in(DateTimeOffset instant)
    {
        DateTimeOffset past1970 = instant < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch + (DateTimeOffset.UnixEpoch - instant) : instant;
        Assert.True(Uuid.TryGetTimestamp(Uuid.NewVersion7(past1970), out DateTimeOffset read));
        Assert.Equal(past1970.ToUnixTimeMilliseconds(), read.ToUnixTimeMilliseconds());
        Assert.Equal(0, read.Ticks % TimeSpan.TicksPerMillisecond);
    }

    [Theory]
    [InlineData("ffffffff-ffff-7fff-bfff-ffffffffffff")] // in the year 10889
    [InlineData("017f22e2-79b0-7cc3-c8c4-dc0c0c07398f")] // of another variant
    [InlineData("919108f7-52d1-4320-9bac-f847db4148a8")]
    public void What_has_no_time_that_can_be_said_gives_none(string uuid)
    {
        Assert.False(Uuid.TryGetTimestamp(Guid.Parse(uuid), out DateTimeOffset timestamp));
        Assert.Equal(default, timestamp);
    }

    [Fact]
    public void SQL_Server_sorts_what_was_rearranged_for_it_as_the_RFC_sorts()
    {
        Guid[] inNetworkOrder = [.. IdVectors.Read("guid-sql-server-order.json", "network_order").Select(row => Guid.Parse(row.GetString()!))];
        Guid[] inSqlOrder = [.. IdVectors.Read("guid-sql-server-order.json", "sql_server_order").Select(row => Guid.Parse(row.GetString()!))];
        Assert.Equal(inSqlOrder, inNetworkOrder.OrderBy(uuid => new System.Data.SqlTypes.SqlGuid(uuid)));
        Assert.Equal(inNetworkOrder, inNetworkOrder.OrderBy(uuid => new System.Data.SqlTypes.SqlGuid(Uuid.ToSqlServerOrder(uuid))));
        Assert.Equal(inSqlOrder, inSqlOrder.OrderBy(Uuid.FromSqlServerOrder));
    }

    [Property]
    public void The_order_of_SQL_Server_is_undone(Guid uuid)
    {
        Assert.Equal(uuid, Uuid.FromSqlServerOrder(Uuid.ToSqlServerOrder(uuid)));
        Assert.Equal(uuid, Uuid.ToSqlServerOrder(Uuid.FromSqlServerOrder(uuid)));
    }
}
