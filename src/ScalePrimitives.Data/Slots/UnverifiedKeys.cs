using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>The keys of rows that were written after both copies had been compared. Not thread-safe.</summary>
internal sealed class UnverifiedKeys
{
    private readonly Dictionary<string, Dictionary<string, object?[]>> _keys = new(StringComparer.Ordinal);

    public IReadOnlyCollection<object?[]> this[TableShape shape] => _keys.TryGetValue(shape.Table.Name, out Dictionary<string, object?[]>? keys) ? keys.Values : [];

    /// <summary>Makes a text that two keys have in common only if they are the same.</summary>
    public static string Text(object?[] key) => string.Join('\u001F', key.Select(static value => value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)));

    public void Add(TableShape shape, IEnumerable<object?[]> keys)
    {
        if (!_keys.TryGetValue(shape.Table.Name, out Dictionary<string, object?[]>? known))
        {
            _keys.Add(shape.Table.Name, known = new Dictionary<string, object?[]>(StringComparer.Ordinal));
        }

        foreach (object?[] key in keys)
        {
            known[Text(key)] = key;
        }
    }
}
