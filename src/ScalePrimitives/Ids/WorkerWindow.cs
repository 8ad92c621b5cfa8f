using System.Globalization;

namespace ScalePrimitives.Ids;

/// <summary>The last grant of a worker, as a store keeps it, and the rules by which the next one follows: the same for every store.</summary>
/// <param name="Token">The holder's; null when it was released, or must not be renewed.</param>
/// <param name="NotBefore">The start of the window.</param>
/// <param name="NotAfter">The end of the window. No later window of the worker begins before it.</param>
internal readonly record struct WorkerWindow(Guid? Token, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>The longest duration that a store grants.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

    /// <summary>Returns the window of a worker that was never granted.</summary>
    public static WorkerWindow Unused(SnowflakeLayout layout) => new(null, layout.Epoch, layout.Epoch);

    /// <summary>Says whether the worker may be granted to another.</summary>
    public bool IsFreeAt(DateTimeOffset now) => Token is null || NotAfter <= now;

    /// <summary>Grants the worker to a holder.</summary>
    /// <exception cref="InvalidOperationException">No window fits before the end of the layout's timestamps.</exception>
    public WorkerWindow Grant(SnowflakeLayout layout, Guid token, TimeSpan duration, DateTimeOffset now, DateTimeOffset floor)
    {
        // At or past the end of the window before, whatever the store's own clock says.
        DateTimeOffset notBefore = RoundUp(layout, Latest(Latest(now, NotAfter), Latest(floor, layout.Epoch)));
        DateTimeOffset notAfter = RoundDown(layout, notBefore + duration);
        return notAfter <= layout.ExpiresAt
            ? new WorkerWindow(token, notBefore, notAfter)
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No window fits before the end of the layout's timestamps, {layout.ExpiresAt:O}."));
    }

    /// <summary>Extends the window, never shortens it.</summary>
    public WorkerWindow Renew(SnowflakeLayout layout, TimeSpan duration, DateTimeOffset now)
    {
        DateTimeOffset wanted = RoundDown(layout, now + duration);
        return this with { NotAfter = Latest(NotAfter, wanted < layout.ExpiresAt ? wanted : layout.ExpiresAt) };
    }

    /// <summary>Gives the worker back, all but what was used.</summary>
    public WorkerWindow Release(DateTimeOffset usedUntil)
    {
        DateTimeOffset used = Latest(usedUntil, NotBefore);
        return new WorkerWindow(null, NotBefore, used < NotAfter ? used : NotAfter);
    }

    private static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset RoundDown(SnowflakeLayout layout, DateTimeOffset instant) => layout.StartOf(layout.TickAt(instant));

    private static DateTimeOffset RoundUp(SnowflakeLayout layout, DateTimeOffset instant) => layout.StartOf(layout.TickAt(instant.AddTicks(-1)) + 1);
}
