using System.Text.RegularExpressions;

namespace ScalePrimitives.Data;

/// <summary>What a user of MySQL or MariaDB may do, as the server writes its grants.</summary>
internal sealed partial class MySqlGrants
{
    private readonly string _schema;
    private readonly (string[] Privileges, string On)[] _grants;

    /// <param name="grants">The grants, as <c>SHOW GRANTS</c> has them.</param>
    /// <param name="schema">The database that is asked about.</param>
    public MySqlGrants(IEnumerable<string> grants, string schema) =>
        (_schema, _grants) = (schema, [.. grants
            .Select(static grant => Grant().Match(grant))
            .Where(static match => match.Success)
            .Select(static match => (match.Groups["privileges"].Value.Split(", "), match.Groups["on"].Value))]);

    public static async ValueTask<MySqlGrants> ReadAsync(SqlSession session, string schema) =>
        new(await session.QueryRowsAsync("SHOW GRANTS", static row => row.GetString(0)).ConfigureAwait(false), schema);

    /// <summary>Says whether a privilege is granted on all tables of the database, or on the one that is named.</summary>
    public bool Has(string privilege, string? table = null) =>
        _grants.Any(grant => (grant.Privileges.Contains(privilege) || grant.Privileges.Contains("ALL PRIVILEGES")) && IsOn(grant.On, table));

    private bool IsOn(string on, string? table) => on == "*.*"
        || (table is not null && on == $"`{_schema}`.`{table}`")
        || (_schema.Length > 0 && on.EndsWith("`.*", StringComparison.Ordinal) && IsLike(_schema, on[1..^3]));

    private static bool IsLike(string schema, string pattern) =>
        Regex.IsMatch(schema, $"^{string.Concat(Pieces().Matches(pattern).Select(static piece => Pattern(piece.Value)))}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    // Names of databases are patterns here.
    private static string Pattern(string piece) => piece switch
    {
        "%" => ".*",
        "_" => ".",
        ['\\', _] => Regex.Escape(piece[1..]),
        _ => Regex.Escape(piece),
    };

    [GeneratedRegex(@"^GRANT (?<privileges>.+?) ON (TABLE )?(?<on>\S+|`[^`]+`\.\S+) TO ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Grant();

    [GeneratedRegex(@"\\.|.", RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Pieces();
}
