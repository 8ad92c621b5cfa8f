using System.Text.RegularExpressions;
using ScalePrimitives.Sharding;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>What remedies look like: a statement stands alone, or at the end, with no full stop behind it that would be copied with it.</summary>
internal static partial class Remedies
{
    public static void AssertCanBeCopied(params IEnumerable<SlotMoveFinding> findings) => Assert.All(findings, finding =>
    {
        bool hasStatement = Statement().IsMatch(Parenthesised().Replace(finding.Remedy, ""));
        Assert.True(finding.Remedy.EndsWith('.') != hasStatement, $"{finding}");
    });

    [GeneratedRegex(@"\b(?:GRANT|ALTER (?:TABLE|ROLE)|SET (?:GLOBAL|SESSION)|CREATE|DROP (?:TABLE|TRIGGER)|UPDATE \S+ SET|SELECT \S+ FROM)\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\([^()]*\)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Parenthesised();
}
