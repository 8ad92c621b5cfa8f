using System.Reflection;
using System.Runtime.CompilerServices;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Architecture;

public class StaticStateTests
{
    [Fact]
    public void Static_fields_never_change_but_in_the_types_whose_static_promise_needs_it()
    {
        var changing = typeof(KeyHash).Assembly.GetTypes()
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field is { IsInitOnly: false, IsLiteral: false })
            .Select(field => field.DeclaringType!.Name)
            .Distinct(StringComparer.Ordinal);
        Assert.Equal(["RandomBuffer"], changing); // the buffered randomness of Uuid's static methods
    }
}
