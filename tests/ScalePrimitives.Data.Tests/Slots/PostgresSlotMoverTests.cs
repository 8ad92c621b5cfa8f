using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class PostgresSlotMoverTests(PostgresServer server) : ConcurrentSlotMoverContract, IClassFixture<PostgresServer>
{
    [Fact]
    public Task Deleting_rows_that_a_trigger_keeps_ends() => AssertDeletionEndsAsync(
        [
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER keep BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep()",
            "ALTER TABLE orders ENABLE ALWAYS TRIGGER keep",
        ],
        ["DROP TRIGGER keep ON orders"]);

    protected override string ManyTypes =>
        "name TEXT, big BIGINT, small SMALLINT, exact NUMERIC(38;10), real4 REAL, real8 DOUBLE PRECISION, flag BOOLEAN, bytes BYTEA, stamp TIMESTAMPTZ, day DATE, span INTERVAL, id UUID, doc JSONB, list INT[], fixed CHAR(5), generated BIGINT GENERATED ALWAYS AS IDENTITY".Replace(';', ',');

    protected override string[] ManyRows =>
    [
        @"'a', 9223372036854775807, -5, 1234567890123456789.0123456789, 0.1, 0.30000000000000004, true, '\x00ff', '2026-11-23 08:15:00.123456+02', '0001-01-01', '1 year 2 days 03:04:05', '5f0d0f0e-0000-0000-0000-000000000001', '{""a"":1}', '{1;2}', 'x', DEFAULT".Replace(';', ','),
        "'é''s', NULL, NULL, NULL, 'NaN', '-Infinity', NULL, NULL, 'infinity', NULL, NULL, NULL, 'null', NULL, NULL, DEFAULT",
        "'', 0, 0, 0, 0, -0.0, false, '', '1970-01-01', '2026-11-23', '0', '5f0d0f0e-0000-0000-0000-000000000002', '[]', '{}', '', DEFAULT",
    ];

    protected override (string Table, string Reason)[] Refused =>
    [
        ("uniques (slot INT NOT NULL, id INT NOT NULL, mail TEXT UNIQUE, PRIMARY KEY (slot, id))", "unique index"),
    ];

    protected override string Same(string column, string value) => value == "DEFAULT" ? $"{column} > 0" : column == "real4" ? $"{column} = CAST({value} AS REAL)" : $"{column} = {value}";

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
