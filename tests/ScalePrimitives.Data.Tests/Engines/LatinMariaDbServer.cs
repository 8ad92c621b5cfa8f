namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A MariaDB as many are set up: its databases in latin1, and of what does not fit it writes what it can.</summary>
public sealed class LatinMariaDbServer : MariaDbServer
{
    protected override IEnumerable<string> Options => ["--character-set-server=latin1", "--sql-mode="];
}
