using ScalePrimitives.Data.Tests.Engines;

namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MariaDbSlotMoverTests(MariaDbServer server) : ConcurrentSlotMoverContract, IClassFixture<MariaDbServer>
{
    protected override string ManyTypes =>
        "name VARCHAR(50) CHARACTER SET latin1, big BIGINT UNSIGNED, tiny TINYINT(1), exact DECIMAL(38;10), real4 FLOAT, real8 DOUBLE, bits BIT(10), bytes VARBINARY(20), stamp DATETIME(6), day DATE, span TIME(3), id CHAR(36) CHARACTER SET latin1, doc JSON, fixed CHAR(5), kind ENUM('x';'y'), latin VARCHAR(20) CHARACTER SET latin1".Replace(';', ',');

    protected override string[] ManyRows =>
    [
        "'a', 18446744073709551615, 5, 1234567890123456789.0123456789, 0.1, 0.30000000000000004, b'1000000001', x'00FF27', '2026-11-23 08:15:00.123456', '1000-01-01', '-800:00:00.5', '5F0D0F0E-0000-0000-0000-000000000001', '{\"a\":1}', 'x', 'y', 'é'",
        "'é''s \\\\', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
        "'', 0, 0, 0, 16777216, 1e300, b'0', '', '1970-01-01 00:00:01', '9999-12-31', '00:00:00', 'no uuid but as long as one; 36 chars', '[]', '', 'x', ''",
    ];

    protected override (string Table, string Reason)[] Refused =>
    [
        ("uniques (slot INT NOT NULL, id INT NOT NULL, mail VARCHAR(50) UNIQUE, PRIMARY KEY (slot, id))", "unique index"),
        ("cascades (slot INT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (slot, id), FOREIGN KEY (slot, id) REFERENCES orders (slot, id) ON DELETE CASCADE)", "cascades"),
        ("exacts (slot INT NOT NULL, id DECIMAL(10) NOT NULL, PRIMARY KEY (slot, id))", "decimal"),
        ("engines (slot INT NOT NULL, id INT NOT NULL, PRIMARY KEY (slot, id)) ENGINE = MyISAM", "InnoDB"),
    ];

    // A FLOAT is compared as what it rounds to.
    protected override string Same(string column, string value) => column switch
    {
        "real4" => $"CAST({column} AS DOUBLE) = CAST(CAST({value} AS FLOAT) AS DOUBLE)",
        "id" or "name" or "latin" => $"BINARY {column} = BINARY CONVERT({value} USING latin1)",
        _ => $"{column} = {value}",
    };

    protected override Task<TestDatabase> NewDatabaseAsync() => server.NewDatabaseAsync();
}
