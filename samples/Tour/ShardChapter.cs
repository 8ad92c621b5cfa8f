using Microsoft.Data.Sqlite;
using ScalePrimitives.Hashing;
using ScalePrimitives.Sharding;
using Spectre.Console;

namespace Tour;

/// <summary>One database is too small: the records live in four, and a fifth takes over its part slot by slot.</summary>
internal static class ShardChapter
{
    private const int Slots = 256;

    public static void Run(RequestStream requests)
    {
        Chapter.Begin("4. Shards", "The requests are stored in four SQLite databases; then a fifth joins and takes its share of the slots.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tour-");
        try
        {
            var map = new ShardMap(Slots, ["shard-1", "shard-2", "shard-3", "shard-4"]);
            var router = new ShardRouter<long, string>(new HashShardStrategy<long>(Slots), map, id => CreateDatabase(folder, id));
            Store(requests, router);
            Dictionary<string, (int Rows, ulong Checksum)> before = map.ShardIds.ToDictionary(id => id, id => Read(router.GetShard(id)), StringComparer.Ordinal);

            router.TryUpdate(router.Map.AddShard("shard-5"));
            int[] leaving = map.ShardIds.SelectMany(id => map.GetSlots(id)[^(int)Math.Round(map.GetSlots(id).Length / 5.0)..]).ToArray();
            Chapter.ForEach("Moving slots", leaving, slot => MoveSlot(router, slot, "shard-5"));

            Table table = Chapter.Table("Shard", "Rows before", "Checksum before", "Slots after", "Rows after", "Checksum after");
            (int Rows, ulong Checksum) was = default;
            (int Rows, ulong Checksum) now = default;
            foreach (string id in router.Map.ShardIds)
            {
                (int Rows, ulong Checksum) old = before.GetValueOrDefault(id);
                (int Rows, ulong Checksum) content = Read(router.GetShard(id));
                was = (was.Rows + old.Rows, unchecked(was.Checksum + old.Checksum));
                now = (now.Rows + content.Rows, unchecked(now.Checksum + content.Checksum));
                table.AddRow(id, $"{old.Rows:N0}", $"{old.Checksum:x16}", $"{router.Map.GetSlots(id).Length}", $"{content.Rows:N0}", $"{content.Checksum:x16}");
            }

            table.AddRow("together", $"{was.Rows:N0}", $"{was.Checksum:x16}", $"{Slots}", $"{now.Rows:N0}", $"{now.Checksum:x16}");
            AnsiConsole.Write(table);
            if (was != now || now.Rows != requests.Keys.Count)
            {
                throw new InvalidDataException("A row was lost or doubled while slots moved.");
            }

            int moved = Read(router.GetShard("shard-5")).Rows;
            Console.WriteLine($"{leaving.Length} of {Slots} slots and {moved:N0} of {now.Rows:N0} rows ({(double)moved / now.Rows:P1}) moved; the map is at version {router.Map.Version}.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string CreateDatabase(DirectoryInfo folder, string id)
    {
        string file = Path.Combine(folder.FullName, id + ".db");
        using SqliteConnection connection = Open(file);
        Execute(connection, "CREATE TABLE request (number INTEGER PRIMARY KEY, slot INTEGER NOT NULL, page INTEGER NOT NULL); CREATE INDEX by_slot ON request (slot)");
        return file;
    }

    private static void Store(RequestStream requests, ShardRouter<long, string> router)
    {
        // One transaction a shard: each gets the rows whose page it holds.
        var rows = requests.Keys.Select((page, number) => (Number: number, Page: page, Route: router.Route(page)));
        foreach (var shard in rows.GroupBy(row => row.Route.Shard, StringComparer.Ordinal))
        {
            using SqliteConnection connection = Open(shard.Key);
            using SqliteTransaction transaction = connection.BeginTransaction();
            using SqliteCommand insert = connection.CreateCommand();
            insert.CommandText = "INSERT INTO request VALUES ($number, $slot, $page)";
            SqliteParameter number = insert.Parameters.Add("$number", SqliteType.Integer);
            SqliteParameter slot = insert.Parameters.Add("$slot", SqliteType.Integer);
            SqliteParameter page = insert.Parameters.Add("$page", SqliteType.Integer);
            foreach (var row in shard)
            {
                (number.Value, slot.Value, page.Value) = (row.Number, row.Route.Slot, row.Page);
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    private static void MoveSlot(ShardRouter<long, string> router, int slot, string target)
    {
        using SqliteConnection connection = Open(router.GetShard(router.Map.GetShardId(slot)));
        Execute(connection, "ATTACH $file AS target", ("$file", router.GetShard(target)));

        // SQLite commits attached databases as one: the slot's rows are on one shard or on the other, never on both.
        using SqliteTransaction transaction = connection.BeginTransaction();
        Execute(connection, "INSERT INTO target.request SELECT * FROM main.request WHERE slot = $slot", ("$slot", slot));
        Execute(connection, "DELETE FROM main.request WHERE slot = $slot", ("$slot", slot));
        transaction.Commit();
        router.TryUpdate(router.Map.Move([slot], target));
    }

    /// <summary>The number of rows and the sum of their hashes, which does not depend on their order.</summary>
    private static (int Rows, ulong Checksum) Read(string file)
    {
        using SqliteConnection connection = Open(file);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT number, page FROM request";
        using SqliteDataReader reader = command.ExecuteReader();
        int rows = 0;
        ulong checksum = 0;
        while (reader.Read())
        {
            rows++;
            checksum = unchecked(checksum + KeyHash.Of($"{reader.GetInt64(0)}:{reader.GetInt64(1)}"));
        }

        return (rows, checksum);
    }

    private static SqliteConnection Open(string file)
    {
        // A pooled connection would keep the database that a move attached to it.
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }
}
