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

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns an id that is not empty and can be kept.</summary>
    public static string Check([NotNull] string? value, [CallerArgumentExpression(nameof(value))] string argument = "") =>
        CheckText(Guard.NotNullOrEmpty(value, argument), argument);

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
        try
        {
            return value.Length <= MaxLength && Strict.GetByteCount(value) <= MaxLength;
        }
        catch (EncoderFallbackException)
        {
            return false; // another text would stand for it
        }
    }
}
