namespace ScalePrimitives.Clocks;

/// <summary>How one causal history stands to another. The order is partial: two histories may be neither before nor after one another.</summary>
/// <remarks>
/// Source: L. Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978; C. Fidge and F. Mattern, 1988.
/// </remarks>
public enum CausalOrder
{
    // The values are two bits, "the other has seen more" and "this has seen more": the order of two clocks is the union (|)
    // of the orders of their parts.

    /// <summary>Both have seen the same events.</summary>
    Equal = 0,

    /// <summary>The other has seen all that this one has, and more: this one is its ancestor.</summary>
    Before = 1,

    /// <summary>This one has seen all that the other has, and more: this one is its descendant.</summary>
    After = 2,

    /// <summary>Each has seen an event that the other has not: a conflict.</summary>
    Concurrent = 3,
}
