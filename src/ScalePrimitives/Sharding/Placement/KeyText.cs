using System.Globalization;

namespace ScalePrimitives.Sharding;

/// <summary>
/// One text for each key, the same on every machine: by it boundaries and entries are told apart, and are kept in maps. Keys of equal texts are one key.
/// </summary>
/// <param name="Kind">What the texts are of: the number 42 and the text 42 are no one key.</param>
/// <param name="Format">The text of a key.</param>
/// <param name="Parse">The key of a text; throws <see cref="FormatException"/> or <see cref="OverflowException"/> where there is none. Null when it is not known.</param>
internal sealed record KeyText<TKey>(string Kind, Func<TKey, string> Format, Func<string, TKey>? Parse)
{
    /// <summary>Gets the built-in texts; null for types that have none.</summary>
    public static KeyText<TKey>? BuiltIn { get; } = (KeyText<TKey>?)Known();

    /// <summary>Takes what the caller gave, or else what is built in.</summary>
    /// <exception cref="NotSupportedException">There is neither.</exception>
    public static KeyText<TKey> Of(Func<TKey, string>? format, Func<string, TKey>? parse) => format is not null ? new KeyText<TKey>("custom", format, parse) : BuiltIn
        ?? throw new NotSupportedException($"No text is built in for keys of type {typeof(TKey)}, by which releases could tell whether they place keys alike: give formatKey, a function that gives each key a text of its own.");

    // All integers are one kind, as for the hash: a strategy of int and one of long agree.
    private static object? Known() => default(TKey) switch
    {
        int => new KeyText<int>("int64", Invariant, static text => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        long => new KeyText<long>("int64", Invariant, static text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        uint => new KeyText<uint>("int64", Invariant, static text => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)),
        ulong => new KeyText<ulong>("int64", Invariant, static text => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)),
        Guid => new KeyText<Guid>("uuid", static key => key.ToString("D"), static text => Guid.ParseExact(text, "D")),
        DateOnly => new KeyText<DateOnly>("date", static key => key.ToString("O", CultureInfo.InvariantCulture), static text => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture)),
        _ when typeof(TKey) == typeof(string) => new KeyText<string>("text", static key => key, static text => text),
        _ => null,
    };

    private static string Invariant<T>(T key)
        where T : IFormattable => key.ToString(null, CultureInfo.InvariantCulture);
}
