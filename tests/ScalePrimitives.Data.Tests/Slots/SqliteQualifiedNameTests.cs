namespace ScalePrimitives.Data.Tests.Slots;

/// <summary>A trigger of SQLite sees the tables of its own file alone, so that names have no schema.</summary>
public sealed class SqliteQualifiedNameTests
{
    [Theory]
    [InlineData("main.slot_fences", "orders")]
    [InlineData("slot_fences", "main.orders")]
    [InlineData("slot_fences", "other.orders")]
    public void Names_with_a_schema_are_refused(string fence, string table) =>
        Assert.Throws<ArgumentException>(() => new SqlSlotMover(new SqlSlotFence(SqlDialect.Sqlite, fence), [new SlotTable(table)], _ => throw new NotSupportedException()));
}
