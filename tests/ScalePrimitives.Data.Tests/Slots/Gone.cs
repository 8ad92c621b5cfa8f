using System.Data.Common;
using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A shard whose machine may be gone: no statement reaches it then.</summary>
internal sealed class Gone(DbDataSource shard)
{
    /// <summary>Gets or sets whether it is gone.</summary>
    public bool Is { get; set; }

    /// <summary>Opens the shard, as far as it is there.</summary>
    public DbDataSource Open() => new HookedDataSource(shard, _ => Is ? throw new GoneException() : Task.CompletedTask);

    private sealed class GoneException() : DbException("The machine is gone.");
}
