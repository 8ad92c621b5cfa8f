using ScalePrimitives.Clocks;

namespace ScalePrimitives.Tests.Clocks.Simulation;

/// <summary>What a replica does so that it does not use a dot twice.</summary>
[Flags]
public enum Precautions
{
    None = 0,

    /// <summary>A new epoch after each crash.</summary>
    EpochAfterCrash = 1,

    /// <summary>A new epoch when what comes in has seen more of the replica than it has itself.</summary>
    CheckForLoss = 2,

    Both = EpochAfterCrash | CheckForLoss,
}

/// <summary>
/// Replicas of a few keys, each under an <see cref="ActorLease"/> from one store of epochs; clients that remember what they read last; a network that keeps what is sent until
/// it is taken off. Every operation tells whether it did anything. Whatever is stored is held against the oracle at once.
/// </summary>
internal sealed class ReplicatedStore
{
    private readonly Precautions _precautions;
    private readonly InMemoryActorEpochStore _epochs;
    private readonly ActorLease[] _leases;
    private readonly Cell[][] _replicas;
    private readonly Cell[][] _disks;
    private readonly Cell[][] _reads;
    private readonly List<Message> _network;
    private readonly List<IReadOnlySet<int>> _readBy;

    private ReplicatedStore(Precautions precautions, InMemoryActorEpochStore epochs, ActorLease[] leases, Cell[][] replicas, Cell[][] disks, Cell[][] reads, List<Message> network, List<IReadOnlySet<int>> readBy) =>
        (_precautions, _epochs, _leases, _replicas, _disks, _reads, _network, _readBy) = (precautions, epochs, leases, replicas, disks, reads, network, readBy);

    /// <summary>Gets the first thing that was stored and is not as the oracle says.</summary>
    public string? Disagreement { get; private set; }

    /// <summary>Gets how often a write was refused because its context gave a loss away.</summary>
    public int Refused { get; private set; }

    /// <summary>Gets how often the check for lost events found some.</summary>
    public int LossesFound { get; private set; }

    public int Replicas => _replicas.Length;

    public int Clients => _reads.Length;

    public int Keys => _replicas[0].Length;

    public int Messages => _network.Count;

    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    public static async Task<ReplicatedStore> StartAsync(Precautions precautions, int replicas, int clients, int keys)
    {
        var epochs = new InMemoryActorEpochStore();
        var leases = new ActorLease[replicas];
        for (int replica = 0; replica < replicas; replica++)
        {
            leases[replica] = await ActorLease.AcquireAsync(epochs, (uint)replica, TestToken);
        }

        return new ReplicatedStore(precautions, epochs, leases, Blank(replicas, keys), Blank(replicas, keys), Blank(clients, keys), [], []);
    }

    /// <summary>Copies all but the epochs, which are never given twice.</summary>
    public ReplicatedStore Fork() => new(
        _precautions, _epochs, Array.ConvertAll(_leases, lease => ActorLease.Resume(_epochs, lease.Actor)), Copy(_replicas), Copy(_disks), Copy(_reads), [.. _network], [.. _readBy]);

    public bool Get(int replica, int client, int key)
    {
        bool isNew = !ReferenceEquals(_reads[client][key], _replicas[replica][key]);
        _reads[client][key] = _replicas[replica][key];
        return isNew;
    }

    public Task<bool> PutAsync(int replica, int client, int key) =>
        _reads[client][key].History.Known.Count == 0 ? Task.FromResult(false) : WriteAsync(replica, key, _reads[client][key]); // without a read it is a blind one

    public Task<bool> PutBlindAsync(int replica, int key) => WriteAsync(replica, key, Cell.Empty);

    public async Task<bool> DeleteAsync(int replica, int client, int key)
    {
        Cell read = _reads[client][key];
        if (read.History.Known.Count == 0)
        {
            return false;
        }

        await CheckForLossAsync(replica, key, read.Set.Context);
        int e = _readBy.Count;
        _readBy.Add(read.History.Known.Append(e).ToHashSet());
        Cell own = _replicas[replica][key];
        return Store(replica, key, new Cell(own.Set.Delete(read.Set.Context), own.History.Delete(e, read.History)));
    }

    public bool Send(int from, int to, int key)
    {
        bool hasNews = from != to && _replicas[from][key].History.Known.Count > 0;
        if (hasNews)
        {
            _network.Add(new Message(from, to, key, _replicas[from][key]));
        }

        return hasNews;
    }

    /// <summary>Delivers a message, any of them, and leaves it on the network when it is to come once more. Parts that a wall divides do not reach each other.</summary>
    public async Task<bool> DeliverAsync(int index, bool again, int walls = 0)
    {
        Message message = _network[index];
        if (((walls >> message.From) & 1) != ((walls >> message.To) & 1))
        {
            return false;
        }

        if (!again)
        {
            _network.RemoveAt(index);
        }

        return await ReceiveAsync(message.To, message.Key, message.Cell);
    }

    public bool Lose(int index)
    {
        _network.RemoveAt(index);
        return true;
    }

    /// <summary>Takes the copy that a crash may bring back.</summary>
    public bool Save(int replica)
    {
        bool isNew = !_disks[replica].SequenceEqual(_replicas[replica]);
        _disks[replica] = [.. _replicas[replica]];
        return isNew;
    }

    public async Task<bool> CrashAsync(int replica, bool losesState)
    {
        bool hadState = Array.Exists(_replicas[replica], cell => cell.History.Known.Count > 0);
        _replicas[replica] = losesState ? [.. _disks[replica]] : _replicas[replica];
        _leases[replica] = _precautions.HasFlag(Precautions.EpochAfterCrash)
            ? await ActorLease.AcquireAsync(_epochs, (uint)replica, TestToken)
            : ActorLease.Resume(_epochs, _leases[replica].Actor);
        return hadState;
    }

    /// <summary>Delivers all that is under way, lets every replica hear every other, and tells what is then not as it must be.</summary>
    public async Task<string?> HealAsync()
    {
        while (_network.Count > 0)
        {
            await DeliverAsync(_network.Count - 1, again: false);
        }

        for (int pair = 0; pair < 2 * Replicas * Replicas; pair++)
        {
            int from = pair % Replicas;
            int to = pair / Replicas % Replicas;
            for (int key = 0; key < Keys; key++)
            {
                await ReceiveAsync(to, key, _replicas[from][key]);
            }
        }

        bool isOne = _replicas.All(cells => cells.Zip(_replicas[0]).All(pair => pair.First.Set.Equals(pair.Second.Set) && pair.First.Set.Values.SequenceEqual(pair.Second.Set.Values)));
        return Disagreement
            ?? (isOne ? null : "Replicas that have heard each other differ.")
            ?? (_replicas[0].All(cell => cell.History.KeepsTheMaximal(_readBy)) ? null : "The survivors are not the maximal events.");
    }

    private async Task<bool> WriteAsync(int replica, int key, Cell read)
    {
        await CheckForLossAsync(replica, key, read.Set.Context);
        Cell own = _replicas[replica][key];
        int e = _readBy.Count;
        DottedVersionVectorSet<int> written;
        try
        {
            written = own.Set.Put(read.Set.Context, e, _leases[replica].Actor);
        }
        catch (InvalidOperationException)
        {
            Refused++;
            return false;
        }

        _readBy.Add(read.History.Known);
        return Store(replica, key, new Cell(written, own.History.Put(e, read.History)));
    }

    private async Task<bool> ReceiveAsync(int replica, int key, Cell incoming)
    {
        await CheckForLossAsync(replica, key, incoming.Set.Context);
        return Store(replica, key, _replicas[replica][key].Merge(incoming));
    }

    private async Task CheckForLossAsync(int replica, int key, CausalContext incoming)
    {
        ActorLease lease = _leases[replica];
        if (_precautions.HasFlag(Precautions.CheckForLoss) && lease.HasLostEvents(_replicas[replica][key].Set.Context, incoming))
        {
            LossesFound++;
            await lease.RenewAsync(lease.Actor, TestToken);
        }
    }

    private bool Store(int replica, int key, Cell cell)
    {
        _replicas[replica][key] = cell;
        Disagreement ??= cell.AgreesWithOracle ? null : $"Replica {replica} has {cell.Set} of key {key}; it must have [{string.Join(", ", cell.History.Survivors)}].";
        return true;
    }

    private static Cell[][] Blank(int rows, int keys) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(Cell.Empty, keys).ToArray())];

    private static Cell[][] Copy(Cell[][] rows) => Array.ConvertAll(rows, row => row.ToArray());

    private readonly record struct Message(int From, int To, int Key, Cell Cell);
}
