using System.Globalization;
using ScalePrimitives.Ids;

namespace IdInspector;

/// <summary>The kinds of ids that can be issued, by name.</summary>
internal static class IdKinds
{
    private static readonly Dictionary<string, Func<IEnumerable<string>>> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["snowflake"] = () => Snowflakes().Select(id => id.ToString(CultureInfo.InvariantCulture)),
        ["base62"] = () => Snowflakes().Select(id => IdText.Format(id, IdEncoding.Base62)),
        ["crockford"] = () => Snowflakes().Select(id => IdText.Format(id, IdEncoding.Crockford32)),
        ["uuid4"] = () => Endless(Uuid.NewVersion4).Select(id => id.ToString()),
        ["uuid7"] = () => Endless(new UuidV7Generator().Next).Select(id => id.ToString()),
        ["ulid"] = () => Endless(new UuidV7Generator().Next).Select(id => IdText.Format(id, IdEncoding.Crockford32)),
    };

    public static string Names => string.Join(", ", Kinds.Keys);

    /// <summary>Issues ids without end.</summary>
    /// <returns>The ids, or null when there is no such kind.</returns>
    public static IEnumerable<string>? Issue(string kind) => Kinds.TryGetValue(kind, out Func<IEnumerable<string>>? issue) ? issue() : null;

    // As the only server there is.
    private static IEnumerable<long> Snowflakes() =>
        Endless(new SnowflakeGenerator(new SnowflakeOptions { Layout = SnowflakeLayout.Twitter, Datacenter = 0, Server = 0 }).Next);

    private static IEnumerable<TId> Endless<TId>(Func<TId> next)
    {
        while (true)
        {
            yield return next();
        }
    }
}
