namespace ScalePrimitives.Data.Tests.Slots;

public sealed class MySqlGrantsTests
{
    [Theory]
    [InlineData("GRANT SELECT, TRIGGER ON `my_shop`.* TO `u`@`%`", true)]
    [InlineData("GRANT ALL PRIVILEGES ON `my\\_shop`.* TO `u`@`%` WITH GRANT OPTION", true)]
    [InlineData("GRANT ALL PRIVILEGES ON *.* TO `u`@`%`", true)]
    [InlineData("GRANT TRIGGER ON `my%`.* TO `u`@`%`", true)]
    [InlineData("GRANT TRIGGER ON `my_shop`.`items` TO `u`@`%`", true)]
    [InlineData("GRANT TRIGGER ON `my_shop`.`other` TO `u`@`%`", false)]
    [InlineData("GRANT TRIGGER ON `my\\_sho`.* TO `u`@`%`", false)]
    [InlineData("GRANT ALL PRIVILEGES ON `other`.* TO `u`@`%`", false)]
    [InlineData("GRANT SELECT, CREATE ROUTINE ON `my_shop`.* TO `u`@`%`", false)]
    [InlineData("GRANT USAGE ON *.* TO `TRIGGER`@`%`", false)]
    [InlineData("GRANT `TRIGGER` TO `u`@`%`", false)]
    public void A_privilege_counts_where_it_is_granted(string grant, bool isGranted) => Assert.Equal(isGranted, new MySqlGrants([grant], "my_shop").Has("TRIGGER", "items"));

    [Fact]
    public void A_privilege_is_no_part_of_another() => Assert.False(new MySqlGrants(["GRANT CREATE VIEW, CREATE ROUTINE ON *.* TO `u`@`%`"], "my_shop").Has("CREATE"));
}
