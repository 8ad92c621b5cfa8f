using System.Collections.Concurrent;
using System.Collections.Immutable;
using ScalePrimitives.Clocks;

namespace ConflictLab.Store;

/// <summary>The replicas, what their disks have, and the network between them. For one thread.</summary>
internal sealed class Cluster
{
    private readonly InMemoryActorEpochStore _epochs = new();
    private readonly ConcurrentDictionary<string, DottedVersionVectorSet<string>>[] _disks;
    private readonly Replica[] _replicas;

    private Cluster(int count)
    {
        _disks = new ConcurrentDictionary<string, DottedVersionVectorSet<string>>[count];
        _replicas = new Replica[count];
        Sides = Whole;
    }

    public IReadOnlyList<Replica> Replicas => _replicas;

    /// <summary>The side of the network that each replica is on: those on the same side reach each other.</summary>
    public ImmutableArray<int> Sides { get; private set; }

    /// <summary>All keys that any replica knows of, in order.</summary>
    public ImmutableArray<string> Keys => [.. _replicas.SelectMany(replica => replica.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private ImmutableArray<int> Whole => [.. new int[_replicas.Length]];

    public static async Task<Cluster> StartAsync(IReadOnlyList<string> names, CancellationToken cancellationToken = default)
    {
        var cluster = new Cluster(names.Count);
        for (int i = 0; i < names.Count; i++)
        {
            await cluster.StartReplicaAsync(i, names[i], [], cancellationToken);
        }

        return cluster;
    }

    /// <summary>Lets two replicas tell each other all that they have.</summary>
    /// <returns>The keys that were news to each; null when they cannot reach each other.</returns>
    public async Task<Exchange?> TryExchangeAsync(int left, int right, CancellationToken cancellationToken = default)
    {
        if (Sides[left] != Sides[right])
        {
            return null;
        }

        var exchange = new Exchange([], []);
        foreach (string key in Keys)
        {
            // Both send before either receives, as replicas that do not wait for each other.
            DottedVersionVectorSet<string> ofLeft = _replicas[left].Find(key);
            DottedVersionVectorSet<string> ofRight = _replicas[right].Find(key);
            if (await _replicas[left].MergeAsync(key, ofRight, cancellationToken))
            {
                exchange.NewsToLeft.Add(key);
            }

            if (await _replicas[right].MergeAsync(key, ofLeft, cancellationToken))
            {
                exchange.NewsToRight.Add(key);
            }
        }

        return exchange;
    }

    /// <summary>Ends a replica's process and starts another, on the same disk or on an empty one.</summary>
    public Task CrashAsync(int replica, bool losesDisk, CancellationToken cancellationToken = default) =>
        StartReplicaAsync(replica, _replicas[replica].Name, losesDisk ? [] : _disks[replica], cancellationToken);

    /// <summary>Loses a key without the replica's knowledge, as when a backup is restored under it: it goes on under its epoch until it meets what it lost.</summary>
    /// <returns>Whether there was anything to lose.</returns>
    public bool Forget(int replica, string key) => _disks[replica].TryRemove(key, out _);

    /// <summary>Cuts the network. What was cut before is joined, where both are on one side now.</summary>
    public void Partition(ImmutableArray<int> sides) => Sides = sides;

    public void Heal() => Sides = Whole;

    // Numbers of replicas are for good: an epoch that one has had must never come back under another name.
    private async Task StartReplicaAsync(
        int index, string name, ConcurrentDictionary<string, DottedVersionVectorSet<string>> disk, CancellationToken cancellationToken)
    {
        _disks[index] = disk;
        _replicas[index] = await Replica.StartAsync(name, (uint)index + 1, _epochs, disk, cancellationToken);
    }
}
