using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Readme;

public class IdsExample
{
    [Fact]
    public void Runs()
    {
        var ids = new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 1, Server = 2 });
        long id = ids.Next();                                  // unique without asking anyone, ordered by time
        SnowflakeParts parts = SnowflakeLayout.Twitter.Decode(id);
        Console.WriteLine($"{parts.Timestamp:O} on server {parts.Server}");

        Guid token = Uuid.NewVersion4();                       // unpredictable
        Guid key = Uuid.NewVersion7();                         // ordered by time: kind to database indexes
        var odd = new MultiMasterSequence(offset: 1, step: 2); // one of two masters: 1, 3, 5, …
        long next = odd.After(7);

        Assert.Equal((1, 2), (parts.Datacenter, parts.Server));
        Assert.Equal((4, 7), (token.Version, key.Version));
        Assert.Equal(9, next);
    }
}
