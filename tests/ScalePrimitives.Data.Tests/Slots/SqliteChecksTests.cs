namespace ScalePrimitives.Data.Tests.Slots;

public sealed class SqliteChecksTests
{
    [Theory]
    [InlineData("CREATE TABLE t (a INT)", "")]
    [InlineData("CREATE TABLE t (a INT CHECK (a > 0))", "CHECK ( a > 0 )")]
    [InlineData("CREATE TABLE t (a INT CHECK(a>0), check  ((a + 1) > 0)\n)", "CHECK ( a > 0 );check ( ( a + 1 ) > 0 )")]
    [InlineData("CREATE TABLE t (a TEXT CHECK (a IN ('x)', 'it''s')))", "CHECK ( a IN ( 'x)' , 'it''s' ) )")]
    [InlineData("CREATE TABLE t (\"CHECK (\" TEXT, [check (a)] INT, `check (` INT, checked INT)", "")]
    [InlineData("CREATE TABLE t (a TEXT -- CHECK (a > 0)\n, b INT /* CHECK (b > 0) */)", "")]
    [InlineData("CREATE TABLE t (a TEXT DEFAULT 'CHECK (a)')", "")]
    public void The_checks_of_a_definition_are_found(string definition, string expected) => Assert.Equal(expected, string.Join(';', SqliteChecks.In(definition)));
}
