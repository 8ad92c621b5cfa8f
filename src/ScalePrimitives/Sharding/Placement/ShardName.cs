using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>What ids of maps, strategies and shards, and keys of entries have to be like, so that every form and store can keep them.</summary>
internal static class ShardName
{
    /// <summary>The greatest length in bytes of UTF-8.</summary>
    public const int MaxLength = 1_024;

    /// <summary>Returns an id that is not empty and can be kept: by databases too, some of which take no NUL.</summary>
    public static string Check([NotNull] string? value, [CallerArgumentExpression(nameof(value))] string argument = "")
    {
        CheckText(Guard.NotNullOrEmpty(value, argument), argument);
        return IsId(value) ? value : throw new ArgumentException($"{argument} must have no NUL in it.", argument);
    }

    /// <summary>Says whether a text is an id that <see cref="Check"/> takes.</summary>
    public static bool IsId(string value) => value.Length > 0 && IsText(value) && !value.Contains('\0', StringComparison.Ordinal);

    /// <summary>Returns a text that can be kept; it may be empty.</summary>
    public static string CheckText([NotNull] string? value, [CallerArgumentExpression(nameof(value))] string argument = "")
    {
        ArgumentNullException.ThrowIfNull(value, argument);
        return IsText(value) ? value : throw new ArgumentException(
            string.Create(CultureInfo.InvariantCulture, $"{argument} must be text of at most {MaxLength} bytes of UTF-8, without halves of surrogate pairs, but was '{value[..Math.Min(value.Length, 50)]}' of {value.Length} letters."),
            argument);
    }

    public static bool IsText(string value)
    {
        if (value.Length > MaxLength || Encoding.UTF8.GetByteCount(value) > MaxLength)
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            if (char.IsSurrogate(value[i]) && !(i + 1 < value.Length && char.IsSurrogatePair(value[i], value[++i])))
            {
                return false; // half a pair: as UTF-8 another text would stand for it
            }
        }

        return true;
    }
}
