using System.Text.RegularExpressions;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Readme;

/// <summary>The examples of the README stand word for word in tests that run, so they cannot rot.</summary>
public partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Theory]
    [InlineData("Hashing")]
    [InlineData("Caching")]
    [InlineData("Clocks")]
    [InlineData("Ids")]
    [InlineData("Sharding")]
    public void The_example_is_one_that_runs(string name)
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ScalePrimitives.Tests", "Readme", name + "Example.cs"));
        string example = Example().Matches(Readme).Single(match => match.Groups["name"].Value == name).Groups["code"].Value;
        string[] parts = example.Split("\n\n", 2); // the using directives, and the program
        Assert.All(parts[0].Split('\n'), directive => Assert.Contains(directive + "\n", source, StringComparison.Ordinal));
        Assert.Contains(Trimmed(parts[1]), Trimmed(source), StringComparison.Ordinal);
    }

    [Fact]
    public void No_other_example_is_there() => Assert.Equal(5, Regex.Count(Readme, "```csharp", RegexOptions.None, TimeSpan.FromSeconds(1)));

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim())).Trim();

    [GeneratedRegex(@"### (?<name>\w+)\n\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Example();
}
