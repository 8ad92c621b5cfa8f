using ScalePrimitives.Data;
using ScalePrimitives.Ids;
using TicketDrawer;

// Draws numbers and prints each, one a line, until it is killed: what a test kills at any moment.
if (args is not [string dialectName, string connectionString, string name])
{
    Console.Error.WriteLine("usage: TicketDrawer <dialect> <connection string> <name>");
    return 2;
}

SqlDialect dialect = Enum.Parse<SqlDialect>(dialectName);
var store = new SqlTicketStore(Databases.Open(dialect, connectionString), dialect);
var generator = new TicketGenerator(store, name, new TicketOptions { InitialBlock = 3, MaxBlock = 7 });
using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
while (true)
{
    output.Write($"{generator.Next()}\n");
}
