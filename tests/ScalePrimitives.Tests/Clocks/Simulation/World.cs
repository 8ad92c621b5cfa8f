using System.Collections.Immutable;
using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>
/// Replicas of one key, what clients have read last, older states that a crash may bring back, and messages under way. Immutable: an operation gives the next world, so that all
/// sequences can be tried from one.
/// </summary>
internal sealed record World(ImmutableArray<Node> Replicas, ImmutableArray<Node> Reads, ImmutableArray<Node> Disks, ImmutableArray<(int To, Node State)> Messages, uint Epochs, int Events)
{
    public const int MaxEvents = 128;

    public static World Of(int replicas, int clients)
    {
        var world = new World([.. Enumerable.Repeat(Node.Empty, replicas)], [.. Enumerable.Repeat(Node.Empty, clients)], [.. Enumerable.Repeat(Node.Empty, replicas)], [], 0, 0);
        return Enumerable.Range(0, replicas).Aggregate(world, (started, replica) => started.Restart(replica, Node.Empty, reusesActor: false));
    }

    public bool AgreesWithOracle => Replicas.All(replica => replica.AgreesWithOracle);

    public World Get(int replica, int client) => this with { Reads = Reads.SetItem(client, Replicas[replica]) };

    public World Put(int replica, int? client) => Events == MaxEvents
        ? this
        : With(replica, Replicas[replica].Put(Events, client is { } reader ? Reads[reader] : null)) with { Events = Events + 1 };

    public World Delete(int replica, int client) => With(replica, Replicas[replica].Delete(Reads[client]));

    public World Send(int from, int to) => this with { Messages = Messages.Add((to, Replicas[from])) };

    public World Deliver(int message, bool again)
    {
        (int to, Node state) = Messages[message];
        return With(to, Replicas[to].Merge(state)) with { Messages = again ? Messages : Messages.RemoveAt(message) };
    }

    public World Lose(int message) => this with { Messages = Messages.RemoveAt(message) };

    public World Sync(int from, int to) => With(to, Replicas[to].Merge(Replicas[from]));

    /// <summary>Takes a copy that a crash may bring back.</summary>
    public World Save(int replica) => this with { Disks = Disks.SetItem(replica, Replicas[replica]) };

    public World Crash(int replica, bool losesState, bool reusesActor = false) => Restart(replica, losesState ? Disks[replica] : Replicas[replica], reusesActor);

    private World Restart(int replica, Node state, bool reusesActor) => reusesActor
        ? With(replica, state with { Actor = Replicas[replica].Actor })
        : With(replica, state with { Actor = ActorId.Create((uint)replica, Epochs + 1) }) with { Epochs = Epochs + 1 };

    private World With(int replica, Node state) => this with { Replicas = Replicas.SetItem(replica, state) };
}
