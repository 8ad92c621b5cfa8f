using ScalePrimitives.Internal;

namespace ScalePrimitives.Sharding;

/// <summary>How a <see cref="HotKeyDetector{TKey}"/> works. The detector copies the values. Not thread-safe.</summary>
public sealed class HotKeyOptions
{
    /// <summary>Gets or sets how many keys are counted at a time: a key that makes up more than one part in so many of all records is sure to be among them.</summary>
    /// <value>1 to 1,000,000; the default is 1,000. Some 100 bytes each, up to once for each processor where threads record at the same time.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Capacity { get; set => field = Guard.InRange(value, 1, 1_000_000); } = 1_000;

    /// <summary>Gets or sets after how long a record counts half.</summary>
    /// <value>1 second to 1 day; the default is 1 minute.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public TimeSpan HalfLife { get; set => field = Guard.InRange(value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)); } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the clock.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;
}
