using System.Globalization;

namespace ShardAdmin;

/// <summary>Slots as people write them: 1-5,9.</summary>
internal static class SlotList
{
    /// <summary>Reads slots, ascending and each once.</summary>
    /// <exception cref="FormatException">The text has no slots, or one that the map has not.</exception>
    public static int[] Parse(string text, int slotCount)
    {
        var slots = new SortedSet<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-', 2, StringSplitOptions.TrimEntries);
            (int first, int last) = (ParseSlot(ends[0], slotCount), ParseSlot(ends[^1], slotCount));
            slots.UnionWith(first <= last ? Enumerable.Range(first, last - first + 1) : throw new FormatException($"--slots: '{part}' ends before it begins."));
        }

        return slots.Count > 0 ? [.. slots] : throw new FormatException("--slots: write slots as 1-5,9.");
    }

    /// <summary>Writes ascending slots, neighbours as a range.</summary>
    public static string Format(IEnumerable<int> slots)
    {
        var runs = new List<(int First, int Last)>();
        foreach (int slot in slots)
        {
            if (runs.Count > 0 && runs[^1].Last == slot - 1)
            {
                runs[^1] = (runs[^1].First, slot);
            }
            else
            {
                runs.Add((slot, slot));
            }
        }

        return string.Join(',', runs.Select(run => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}"));
    }

    private static int ParseSlot(string text, int slotCount) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int slot) && slot < slotCount
            ? slot
            : throw new FormatException($"--slots: '{text}' is no slot: there are 0 to {slotCount - 1}. Write 1-5,9.");
}
