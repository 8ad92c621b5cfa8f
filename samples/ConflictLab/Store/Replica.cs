using System.Collections.Concurrent;
using ScalePrimitives.Clocks;

namespace ConflictLab.Store;

/// <summary>
/// One replica of a store that takes reads and writes everywhere, and loses no write: of writes that did not know of each other it keeps each,
/// until a client that has read them writes again. Thread-safe.
/// </summary>
internal sealed class Replica
{
    private readonly ConcurrentDictionary<string, DottedVersionVectorSet<string>> _disk;
    private readonly ActorLease _lease;

    // Taken by whatever changes a set: two puts from the same set would give two values one dot. Reads need no lock, as sets are immutable.
    private readonly Lock _writing = new();

    private Replica(string name, ConcurrentDictionary<string, DottedVersionVectorSet<string>> disk, ActorLease lease) =>
        (Name, _disk, _lease) = (name, disk, lease);

    public string Name { get; }

    /// <summary>The id that the next write is made under.</summary>
    public ulong Actor => _lease.Actor;

    public IEnumerable<string> Keys => _disk.Keys;

    /// <summary>
    /// Starts a replica on what its disk has. It takes a new epoch, for nothing here tells that every event reached the disk before the last stop:
    /// under the old epoch, a write could get the dot of one that was lost here and lives on elsewhere.
    /// </summary>
    public static async Task<Replica> StartAsync(
        string name,
        uint number,
        IActorEpochStore epochs,
        ConcurrentDictionary<string, DottedVersionVectorSet<string>> disk,
        CancellationToken cancellationToken = default) =>
        new(name, disk, await ActorLease.AcquireAsync(epochs, number, cancellationToken));

    /// <summary>Answers a client.</summary>
    public Reading Get(string key)
    {
        DottedVersionVectorSet<string> set = Find(key);
        return new Reading(set.Values, set.Context);
    }

    /// <summary>What is sent to another replica.</summary>
    public DottedVersionVectorSet<string> Find(string key) => _disk.GetValueOrDefault(key, DottedVersionVectorSet<string>.Empty);

    /// <summary>Writes a value in place of what the client has read.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="context">As it came with the client's read; empty when it has not read, which replaces nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The name of the write.</returns>
    public async Task<Dot> PutAsync(string key, string value, CausalContext context, CancellationToken cancellationToken = default)
    {
        Dot dot = default;
        await UpdateAsync(key, context, (own, actor) => own.Put(context, value, actor, out dot), cancellationToken);
        return dot;
    }

    /// <summary>Removes what the client has read, and no write that it does not know of.</summary>
    public Task DeleteAsync(string key, CausalContext context, CancellationToken cancellationToken = default) =>
        UpdateAsync(key, context, (own, _) => own.Delete(context), cancellationToken);

    /// <summary>Takes in what another replica has. In any order and any number of times: the outcome is the same.</summary>
    /// <returns>Whether it was news.</returns>
    public Task<bool> MergeAsync(string key, DottedVersionVectorSet<string> incoming, CancellationToken cancellationToken = default) =>
        UpdateAsync(key, incoming.Context, (own, _) => own.Merge(incoming), cancellationToken);

    private async Task<bool> UpdateAsync(
        string key,
        CausalContext incoming,
        Func<DottedVersionVectorSet<string>, ulong, DottedVersionVectorSet<string>> update,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            ulong actor = _lease.Actor;
            lock (_writing)
            {
                DottedVersionVectorSet<string> own = Find(key);
                if (!_lease.HasLostEvents(own.Context, incoming))
                {
                    // The lease is asked again: another call may have renewed it since, and then the old id is not to be used.
                    return Store(key, own, update(own, _lease.Actor));
                }
            }

            // Others know of more of our events than we do. This has to come before a merge or a delete too: once their context is
            // joined to ours, the loss no longer shows, and the next put could take the dot of an event that is still to come back.
            // It ends: nobody has seen an event of the new epoch.
            await _lease.RenewAsync(actor, cancellationToken);
        }
    }

    private bool Store(string key, DottedVersionVectorSet<string> own, DottedVersionVectorSet<string> updated)
    {
        bool isChanged = !updated.Equals(own);
        if (isChanged)
        {
            _disk[key] = updated; // a real disk has it before anyone gets an answer
        }

        return isChanged;
    }
}
