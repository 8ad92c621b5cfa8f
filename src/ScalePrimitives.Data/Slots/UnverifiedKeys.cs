using System.Globalization;

namespace ScalePrimitives.Data;

/// <summary>The keys of rows that were written after both copies had been compared, by table and slot. Not thread-safe.</summary>
internal sealed class UnverifiedKeys
{
    private readonly Dictionary<(string Table, int Slot), Dictionary<string, object?[]>> _keys = [];

    /// <summary>Makes a text that two keys have in common only if they are the same.</summary>
    public static string Text(object?[] key) => string.Join('\u001F', key.Select(static value => value switch
    {
        byte[] bytes => "x" + Convert.ToHexString(bytes),
        SqliteText text => "t" + Convert.ToHexString(text.Bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    }));

    /// <summary>Lists the keys of some slots.</summary>
    public IEnumerable<object?[]> Of(TableShape shape, IEnumerable<int> slots) =>
        slots.SelectMany(slot => _keys.TryGetValue((shape.Table.Name, slot), out Dictionary<string, object?[]>? keys) ? keys.Values : Enumerable.Empty<object?[]>());

    public bool Contains(TableShape shape, object?[] key) => _keys.TryGetValue((shape.Table.Name, SlotOf(key)), out Dictionary<string, object?[]>? keys) && keys.ContainsKey(Text(key));

    public void Add(TableShape shape, IEnumerable<object?[]> keys)
    {
        foreach (object?[] key in keys)
        {
            (string, int) place = (shape.Table.Name, SlotOf(key));
            if (!_keys.TryGetValue(place, out Dictionary<string, object?[]>? known))
            {
                _keys.Add(place, known = new Dictionary<string, object?[]>(StringComparer.Ordinal));
            }

            known[Text(key)] = key;
        }
    }

    public void Remove(TableShape shape, IEnumerable<object?[]> keys)
    {
        foreach (object?[] key in keys)
        {
            if (_keys.TryGetValue((shape.Table.Name, SlotOf(key)), out Dictionary<string, object?[]>? known))
            {
                known.Remove(Text(key));
            }
        }
    }

    // The slot comes first in every key.
    private static int SlotOf(object?[] key) => Convert.ToInt32(key[0], CultureInfo.InvariantCulture);
}
