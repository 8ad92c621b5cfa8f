using System.Reflection;
using ScalePrimitives.Hashing;
using ScalePrimitives.Tests.Support;

namespace ScalePrimitives.Tests.Architecture;

/// <summary>Who may know whom, checked on the compiled assembly, method bodies included.</summary>
public class DependencyTests
{
    private const string Root = "ScalePrimitives.";
    private static readonly Assembly Library = typeof(KeyHash).Assembly;

    [Fact]
    public void Namespaces_know_only_what_they_may()
    {
        var crossings = ReferencesOf(_ => true)
            .Where(reference => reference.To.Assembly == Library && IsCrossing(RoomOf(reference.From), RoomOf(reference.To)))
            .Select(reference => $"{reference.From.FullName} uses {reference.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(crossings);
    }

    [Fact]
    public void The_core_does_no_input_or_output_starts_no_thread_and_logs_nothing()
    {
        string[] forbidden =
        [
            "System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.IO.Stream", "System.Console", "System.Net.", "System.Data.",
            "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer", "System.Diagnostics.Trace", "System.Diagnostics.Process",
        ];
        var uses = ReferencesOf(_ => true)
            .Where(reference => forbidden.Any(name => name.EndsWith('.')
                ? reference.To.FullName?.StartsWith(name, StringComparison.Ordinal) == true
                : reference.To.FullName == name))
            .Select(reference => $"{reference.From.FullName} uses {reference.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(uses);
    }

    [Fact]
    public void The_core_depends_on_the_framework_and_its_hashing_library_alone()
    {
        var others = Library.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && name is not ("netstandard" or "Microsoft.CSharp"));
        Assert.Empty(others);
    }

    [Fact]
    public void The_reader_of_references_sees_into_method_bodies()
    {
        // The rules above would hold by accident if nothing were found.
        var found = IlReader.References(typeof(ConsistentHashExtensions)).SelectMany(IlReader.Parts).ToHashSet();
        Assert.Contains(typeof(KeyHash), found);
        Assert.Contains(RoomOf(typeof(ScalePrimitives.Sharding.HashShardStrategy<>)) + "→" + RoomOf(typeof(KeyHash)), ReferencesOf(type => type.Namespace == "ScalePrimitives.Sharding")
            .Where(reference => reference.To.Assembly == Library).Select(reference => RoomOf(reference.From) + "→" + RoomOf(reference.To)));
    }

    /// <summary>Hashing, Caching, Clocks and Ids know nothing of each other; Sharding may use Hashing; all may use Internal, which knows none.</summary>
    private static bool IsCrossing(string from, string to) => from != to && to != "Internal" && (from, to) != ("Sharding", "Hashing");

    private static string RoomOf(Type type) => type.Namespace is { } name && name.StartsWith(Root, StringComparison.Ordinal) ? name[Root.Length..] : "Internal";

    private static IEnumerable<(Type From, Type To)> ReferencesOf(Func<Type, bool> which) =>
        from type in Library.GetTypes().Where(which)
        from member in IlReader.References(type)
        from part in IlReader.Parts(member)
        select (type, part);
}
