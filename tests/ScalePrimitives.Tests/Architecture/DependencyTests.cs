using System.Reflection;
using ScalePrimitives.Hashing;
using ScalePrimitives.Internal;
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
        var crossings = ReferencesOf(Library.GetTypes())
            .Where(reference => reference.To.Assembly == Library && IsCrossing(RoomOf(reference.From), RoomOf(reference.To)))
            .Select(reference => $"{reference.From.FullName} uses {reference.To.FullName}")
            .Distinct(StringComparer.Ordinal);
        Assert.Empty(crossings);
    }

    [Fact]
    public void The_core_does_no_input_or_output_starts_no_thread_and_logs_nothing() =>
        Assert.Empty(OutwardUses(Library.GetTypes().Where(type => type != typeof(Backoff)))); // which lets other threads run, and starts none

    [Fact]
    public void A_type_that_does_all_that_is_found_out()
    {
        string[] found = OutwardUses([typeof(Culprit)]).ToArray();
        Assert.Contains(found, use => use.EndsWith("System.IO.FileInfo", StringComparison.Ordinal));
        Assert.Contains(found, use => use.EndsWith("System.IO.StreamReader", StringComparison.Ordinal));
        Assert.Contains(found, use => use.EndsWith("System.Threading.Tasks.TaskFactory", StringComparison.Ordinal));
        Assert.Contains(found, use => use.EndsWith("System.Diagnostics.Tracing.EventSource", StringComparison.Ordinal));
        Assert.Contains(found, use => use.EndsWith("System.Threading.Thread", StringComparison.Ordinal));
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
        Assert.Contains(RoomOf(typeof(ScalePrimitives.Sharding.HashShardStrategy<>)) + "→" + RoomOf(typeof(KeyHash)), ReferencesOf(Library.GetTypes().Where(type => type.Namespace == "ScalePrimitives.Sharding"))
            .Where(reference => reference.To.Assembly == Library).Select(reference => RoomOf(reference.From) + "→" + RoomOf(reference.To)));
    }

    /// <summary>Hashing, Caching, Clocks and Ids know nothing of each other; Sharding may use Hashing; all may use Internal, which knows none.</summary>
    private static bool IsCrossing(string from, string to) => from != to && to != "Internal" && (from, to) != ("Sharding", "Hashing");

    private static string RoomOf(Type type) => type.Namespace is { } name && name.StartsWith(Root, StringComparison.Ordinal) ? name[Root.Length..] : "Internal";

    /// <summary>What reaches out of the process, starts work of its own, or logs.</summary>
    private static IEnumerable<string> OutwardUses(IEnumerable<Type> types)
    {
        string[] forbidden =
        [
            "System.IO.", "System.Console", "System.Net.", "System.Data.", "System.Diagnostics.Tracing.", "System.Diagnostics.Activity", "System.Diagnostics.Trace",
            "System.Diagnostics.Process", "System.Threading.Thread", "System.Threading.Timer", "System.Threading.Tasks.TaskFactory", "System.Threading.Tasks.Parallel",
        ];
        string[] allowed = ["System.IO.Hashing.", "System.Threading.ThreadLocal", "System.Threading.TimerCallback"]; // the last is what a timer of the injected TimeProvider calls
        return ReferencesOf(types)
            .Where(reference => reference.To.FullName is { } name
                && forbidden.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !allowed.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(reference => $"{reference.From.FullName} uses {reference.To.FullName}")
            .Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<(Type From, Type To)> ReferencesOf(IEnumerable<Type> types) =>
        from type in types
        from member in IlReader.References(type)
        from part in IlReader.Parts(member)
        select (type, part);

    /// <summary>Breaks every rule; never run.</summary>
    private static class Culprit
    {
        public static void Act(string path)
        {
            new FileInfo(path).Delete();
            using var reader = new StreamReader(path);
            _ = Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            new System.Diagnostics.Tracing.EventSource("x").Write("y");
            new Thread(() => { }).Start();
        }
    }
}
