using ScalePrimitives.Internal;

namespace ScalePrimitives.Ids;

/// <summary>How a <see cref="WorkerLease"/> works. The lease copies the values when it is acquired. Not thread-safe.</summary>
public sealed class WorkerLeaseOptions
{
    /// <summary>Gets or sets how long a window is, from the store's now.</summary>
    /// <value>
    /// 1 second to 1 hour; the default is 1 minute. For so long ids are issued while the store cannot be reached, counted from the last renewal, and for
    /// so long a worker stays unused after its holder was killed. The local clock must agree with the store's to well within it.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan Duration { get; set => field = Guard.InRange(value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)); } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how the lease's generator works. Its clock is the lease's too.</summary>
    /// <value>The default is a new <see cref="SnowflakeOptions"/>. Datacenter and server must not be set, and the layout is not looked at: the lease gives all three.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public SnowflakeOptions Generator { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = new();
}
