using System.Data.Common;
using ScalePrimitives.Data;

namespace ShardAdmin;

/// <summary>What is known of all shards, in a SQLite file: where they are, the map, the migrations. It holds the connection strings as they are, so that the file is its owner's alone.</summary>
internal sealed class Catalogue : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly DbDataSource _source;

    private Catalogue(DirectoryInfo folder, DbDataSource source, string mapId, SqlDialect dialect)
    {
        (_folder, _source, MapId, Dialect) = (folder, source, mapId, dialect);
        Maps = new SqlShardMapStore(source, SqlDialect.Sqlite, mapId);
        Migrations = new SqlSlotMigrationStore(source, SqlDialect.Sqlite);
    }

    public string MapId { get; }

    public SqlDialect Dialect { get; }

    public SqlShardMapStore Maps { get; }

    public SqlSlotMigrationStore Migrations { get; }

    /// <summary>Makes a catalogue, or takes one up whose making was interrupted.</summary>
    /// <exception cref="FormatException">It has a map already, or is of another dialect.</exception>
    public static async Task<Catalogue> CreateAsync(DirectoryInfo folder, SqlDialect dialect, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            folder.Create();
        }
        else
        {
            Directory.CreateDirectory(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Restrict(PathIn(folder));
        DbDataSource source = Databases.Open(SqlDialect.Sqlite, Databases.OfFile(PathIn(folder)));
        await using (DbConnection connection = await source.OpenConnectionAsync(cancellationToken))
        {
            await Sql.ExecuteAsync(connection, null, "CREATE TABLE IF NOT EXISTS settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)", cancellationToken);
            await Sql.ExecuteAsync(connection, null, "CREATE TABLE IF NOT EXISTS shards (id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, connection_string TEXT)", cancellationToken);
            await new SqlShardMapStore(source, SqlDialect.Sqlite).CreateSchemaAsync(cancellationToken);
            await new SqlSlotMigrationStore(source, SqlDialect.Sqlite).CreateSchemaAsync(cancellationToken);

            // Last: a catalogue with settings has all tables.
            await Sql.ExecuteAsync(
                connection, null, "INSERT INTO settings VALUES ('map', @map), ('dialect', @dialect) ON CONFLICT DO NOTHING", cancellationToken, ("@map", $"requests-{Guid.NewGuid():N}"), ("@dialect", $"{dialect}"));
        }

        Catalogue catalogue = await ReadAsync(folder, source, cancellationToken);
        bool isMade = await catalogue.Maps.ReadAsync(cancellationToken: cancellationToken) is not null;
        if (isMade || catalogue.Dialect != dialect)
        {
            await catalogue.DisposeAsync();
            throw new FormatException($"{(isMade ? "There are shards" : $"Shards of {catalogue.Dialect} were begun")} in {folder.FullName}: delete it, or choose another --folder.");
        }

        return catalogue;
    }

    /// <summary>Opens the catalogue of a folder.</summary>
    /// <exception cref="FormatException">There is none, or its making was interrupted.</exception>
    public static async Task<Catalogue> OpenAsync(DirectoryInfo folder, CancellationToken cancellationToken)
    {
        string path = PathIn(folder);
        return File.Exists(path)
            ? await ReadAsync(folder, Databases.Open(SqlDialect.Sqlite, Databases.Existing(SqlDialect.Sqlite, Databases.OfFile(path))), cancellationToken)
            : throw new FormatException($"There are no shards in {folder.FullName}: make some with init, or name the --folder that has them.");
    }

    /// <summary>What to say of shards whose making was interrupted.</summary>
    public static FormatException Unfinished(DirectoryInfo folder) => new($"The shards in {folder.FullName} were not finished: give init again.");

    /// <summary>Makes the connection string of a shard for which none was given: a file in the folder, wherever that is.</summary>
    public string FileOf(string shardId) => Databases.OfFile(Path.Combine(_folder.FullName, $"{shardId}.shard"));

    /// <summary>Reads the connection string of each shard.</summary>
    public async Task<Dictionary<string, string>> ReadShardsAsync(CancellationToken cancellationToken)
    {
        await using DbConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        return (await Sql.QueryAsync(connection, null, "SELECT id, connection_string FROM shards", row => (row.GetString(0), row.IsDBNull(1) ? FileOf(row.GetString(0)) : row.GetString(1)), cancellationToken)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Writes the connection string of a shard; null for a file in the folder.</summary>
    public async Task WriteShardAsync(string shardId, string? connectionString, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        await Sql.ExecuteAsync(
            connection, null, "INSERT INTO shards VALUES (@id, @connection) ON CONFLICT DO UPDATE SET connection_string = excluded.connection_string", cancellationToken, ("@id", shardId), ("@connection", connectionString));
    }

    public async Task<bool> IsLoadedAsync(CancellationToken cancellationToken)
    {
        await using DbConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        return (await Sql.QueryAsync(connection, null, "SELECT 1 FROM settings WHERE name = 'loaded'", static _ => true, cancellationToken)).Count > 0;
    }

    public async Task SetLoadedAsync(CancellationToken cancellationToken)
    {
        await using DbConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        await Sql.ExecuteAsync(connection, null, "INSERT INTO settings VALUES ('loaded', 'yes') ON CONFLICT DO NOTHING", cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static string PathIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "catalogue.db");

    private static async Task<Catalogue> ReadAsync(DirectoryInfo folder, DbDataSource source, CancellationToken cancellationToken)
    {
        await using DbConnection connection = await source.OpenConnectionAsync(cancellationToken);
        bool isBegun = (await Sql.QueryAsync(connection, null, "SELECT 1 FROM sqlite_master WHERE name = 'settings'", static _ => true, cancellationToken)).Count > 0;
        Dictionary<string, string> settings = !isBegun ? [] : (await Sql.QueryAsync(connection, null, "SELECT name, value FROM settings", static row => (row.GetString(0), row.GetString(1)), cancellationToken)).ToDictionary(StringComparer.Ordinal);
        return settings.TryGetValue("map", out string? mapId) && settings.TryGetValue("dialect", out string? dialect)
            ? new Catalogue(folder, source, mapId, Enum.Parse<SqlDialect>(dialect))
            : throw Unfinished(folder);
    }

    // The folder may be one that others look into: the file is its owner's alone before a password comes into it, and SQLite gives the files beside it the same mode.
    private static void Restrict(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Open(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = owner }).Dispose();
        File.SetUnixFileMode(path, owner); // one that was there
    }
}
