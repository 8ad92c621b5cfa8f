using ScalePrimitives.Ids;
using Spectre.Console;

namespace Tour;

/// <summary>Two servers write now: each record needs an id that no other server gives out.</summary>
internal static class IdChapter
{
    public static void Run(RequestStream requests)
    {
        Chapter.Begin("2. Ids", "Every request gets an id, from several issuers that do not ask each other.");
        int count = requests.Keys.Count;
        SnowflakeGenerator[] servers =
        [
            new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 1, Server = 1 }),
            new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 1, Server = 2 }),
        ];
        long[] snowflakes = new long[count];
        for (int i = 0; i < count; i++)
        {
            snowflakes[i] = servers[i % servers.Length].Next();
        }

        Guid[] uuids = new Guid[count];
        for (int i = 0; i < count; i++)
        {
            uuids[i] = Uuid.NewVersion7();
        }

        // Two databases that are masters both: one hands out the odd numbers, the other the even ones.
        MultiMasterSequence[] masters = [new(offset: 1, step: 2), new(offset: 2, step: 2)];
        long[] last = [0, 0];
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++)
        {
            int master = (int)(requests.Keys[i] & 1); // whichever server the request came to
            numbers[i] = last[master] = masters[master].After(last[master]);
        }

        Table table = Chapter.Table("Kind", "Issued", "Distinct", "First");
        AddRow(table, "Snowflake (2 servers)", snowflakes);
        AddRow(table, "UUID version 7", uuids);
        AddRow(table, "2 masters, step 2", numbers);
        AnsiConsole.Write(table);
        foreach (long id in snowflakes[..2])
        {
            SnowflakeParts parts = SnowflakeLayout.Twitter.Decode(id);
            Console.WriteLine($"{id} was issued at {parts.Timestamp:yyyy-MM-dd HH:mm:ss.fff} UTC by server {parts.Server} of datacenter {parts.Datacenter}, sequence {parts.Sequence}.");
        }
    }

    private static void AddRow<TId>(Table table, string kind, TId[] ids) =>
        table.AddRow(kind, $"{ids.Length:N0}", $"{ids.Distinct().Count():N0}", $"{ids[0]}");
}
