using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>The statements of <see cref="SqlTicketStore"/>.</summary>
internal sealed class TicketSql(SqlDialect dialect, string table)
{
    private readonly string _greatest = dialect == SqlDialect.Sqlite ? "MAX" : "GREATEST";

    public SqlEngine Engine { get; } = SqlEngine.For(dialect);

    public (string Name, string Columns)[] Tables =>
    [
        (table, $"name {Engine.KeyType(100)} NOT NULL PRIMARY KEY, next_place BIGINT NOT NULL"),
        ($"{table}_master", "id INT NOT NULL PRIMARY KEY, residue BIGINT NOT NULL, masters BIGINT NOT NULL"),
    ];

    public string ReadMaster => $"SELECT residue, masters FROM {table}_master WHERE id = 1";

    public string SetMaster => Engine.AddUnlessThere($"{table}_master", "id, residue, masters", "1, @residue, @masters");

    public string AddRow => Engine.AddUnlessThere(table, "name, next_place", "@name, 0");

    private string Condition => $"WHERE name = @name AND {_greatest}(next_place, @floor) <= @last";

    /// <summary>Moves the row of a name on, in a transaction that the caller commits.</summary>
    /// <param name="session">The session, in a transaction.</param>
    /// <param name="name">The name.</param>
    /// <param name="count">By how many places.</param>
    /// <param name="floor">The place from which at least the row goes on.</param>
    /// <param name="last">The last place at which the block may begin.</param>
    /// <returns>The place after the block; null when the name has no row, or its block would begin past <paramref name="last"/>.</returns>
    public async ValueTask<long?> AdvanceAsync(SqlSession session, string name, int count, long floor, long last)
    {
        (string, object?)[] parameters = [("@name", name), ("@count", (long)count), ("@floor", floor), ("@last", last)];
        object? next = dialect == SqlDialect.MySql
            ? await AdvanceByLastInsertIdAsync(session, parameters).ConfigureAwait(false)
            : await session.QueryAsync($"UPDATE {table} SET next_place = {_greatest}(next_place, @floor) + @count {Condition} RETURNING next_place", parameters).ConfigureAwait(false);
        return next is null or DBNull ? null : Convert.ToInt64(next, CultureInfo.InvariantCulture);
    }

    // MySQL and MariaDB have no RETURNING of an update. One of no row leaves the number of an earlier statement, of another name perhaps.
    private async ValueTask<object?> AdvanceByLastInsertIdAsync(SqlSession session, (string Name, object? Value)[] parameters) =>
        await session.ExecuteAsync($"UPDATE {table} SET next_place = LAST_INSERT_ID({_greatest}(next_place, @floor) + @count) {Condition}", parameters).ConfigureAwait(false) == 1
            ? await session.QueryAsync("SELECT LAST_INSERT_ID()").ConfigureAwait(false)
            : null;
}
