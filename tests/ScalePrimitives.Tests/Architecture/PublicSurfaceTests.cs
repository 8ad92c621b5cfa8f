using System.Text.RegularExpressions;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Architecture;

/// <summary>The shape of what users see.</summary>
public partial class PublicSurfaceTests
{
    private static readonly Type[] PublicTypes = typeof(KeyHash).Assembly.GetExportedTypes();

    [Fact]
    public void Classes_are_sealed_or_static() =>
        Assert.DoesNotContain(PublicTypes, type => type is { IsClass: true, IsSealed: false });

    [Fact]
    public void Types_have_at_most_two_type_parameters() =>
        Assert.DoesNotContain(PublicTypes, type => type.GetGenericArguments().Length - (type.DeclaringType?.GetGenericArguments().Length ?? 0) > 2);

    [Fact]
    public void Interfaces_have_at_most_five_members() =>
        Assert.All(PublicTypes.Where(type => type.IsInterface), type => Assert.InRange(MembersOf(type), 1, 5));

    [Fact]
    public void Every_source_file_has_one_public_type_named_after_it_in_the_namespace_of_its_folder()
    {
        string library = Path.Combine(Repository.Root, "src", "ScalePrimitives");
        var complaints = new List<string>();
        int files = 0;
        foreach (string path in Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories).Where(path => !Generated().IsMatch(path)))
        {
            files++;
            string text = "\n" + File.ReadAllText(path);
            string folder = Path.GetRelativePath(library, path).Split(Path.DirectorySeparatorChar)[0]; // a folder inside it only sets some files apart
            string name = Path.GetFileNameWithoutExtension(path).Split('.')[0];
            if (!text.Contains($"\nnamespace ScalePrimitives.{folder};\n", StringComparison.Ordinal))
            {
                complaints.Add($"{path}: the namespace is not that of the folder.");
            }

            string[] types = PublicType().Matches(text).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal).ToArray();
            if (types.Length > 1 || (types.Length == 1 && types[0] != name))
            {
                complaints.Add($"{path}: public types {string.Join(", ", types)}.");
            }
        }

        Assert.Empty(complaints);
        Assert.True(files > 20, "The sources were found.");
    }

    [Fact]
    public void Every_public_type_lives_in_one_of_the_five_namespaces()
    {
        string[] rooms = ["Hashing", "Caching", "Clocks", "Ids", "Sharding"];
        Assert.Equal(rooms.Order(StringComparer.Ordinal), PublicTypes.Select(type => type.Namespace!["ScalePrimitives.".Length..]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    private static int MembersOf(Type type) =>
        type.GetProperties().Length + type.GetEvents().Length + type.GetMethods().Count(method => !method.IsSpecialName);

    [GeneratedRegex(@"^public (?:readonly |sealed |static |abstract |partial |ref )*(?:record struct|record|class|struct|interface|enum|delegate) (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"[/\\](?:bin|obj)[/\\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Generated();
}
