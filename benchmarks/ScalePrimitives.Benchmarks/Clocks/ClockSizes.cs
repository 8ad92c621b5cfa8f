using Akka.Actor;
using Akka.DistributedData;
using ScalePrimitives.Benchmarks.Clocks.Questions;

namespace ScalePrimitives.Benchmarks.Clocks;

/// <summary>
/// How many bytes does a clock take on the wire? Random 64-bit actors, counters of 1 to 1,000; Akka.NET's version vector by the serializer that its replicator uses, whose
/// actors are an address and a number. The command <c>clock-sizes</c>.
/// </summary>
internal static class ClockSizes
{
    public static async Task PrintAsync()
    {
        using ActorSystem system = ActorSystem.Create("system", "akka { actor.provider = cluster, remote.dot-netty.tcp.port = 0, loglevel = OFF, stdout-loglevel = OFF }");
        DistributedData.Get(system); // brings the serializers
        Console.WriteLine("| actors | VectorClock | bytes an entry | Akka VersionVector | bytes an entry | ratio |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int actors in (int[])[3, 10, 100, 1_000])
        {
            var fixture = new ClockFixture(actors);
            int ours = fixture.Ours.Ancestor.GetEncodedLength();
            VersionVector version = fixture.AkkaVersions.Ancestor;
            int akka = system.Serialization.FindSerializerFor(version).ToBinary(version).Length;
            Console.WriteLine(FormattableString.Invariant($"| {actors:N0} | {ours:N0} | {(double)ours / actors:F1} | {akka:N0} | {(double)akka / actors:F1} | {(double)ours / akka:F2} |"));
        }

        await system.Terminate();
    }
}
