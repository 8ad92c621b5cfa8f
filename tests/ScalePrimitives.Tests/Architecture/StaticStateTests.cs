using System.Reflection;
using System.Runtime.CompilerServices;
using ScalePrimitives.Hashing;

namespace ScalePrimitives.Tests.Architecture;

public class StaticStateTests
{
    [Fact]
    public void Static_fields_never_change_but_in_the_types_whose_static_promise_needs_it()
    {
        var changing = StaticFields().Where(field => !field.IsInitOnly).Select(field => field.DeclaringType!.Name).Distinct(StringComparer.Ordinal);
        Assert.Equal(["RandomBuffer"], changing); // the buffered randomness of Uuid's static methods
    }

    [Fact]
    public void What_static_fields_refer_to_does_not_change_either()
    {
        // A cache or a counter behind a readonly reference is static state as well. Arrays and records are written once, by their initialisers.
        Assert.Empty(StaticFields().Where(field => field.IsInitOnly && !IsFixed(field.FieldType)).Select(field => $"{field.DeclaringType}.{field.Name}: {field.FieldType}"));

        static bool IsFixed(Type type) => type.IsValueType || type.IsArray || type == typeof(string) || typeof(Delegate).IsAssignableFrom(type)
            || (type.Assembly == typeof(KeyHash).Assembly && type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).All(field => field.IsInitOnly));
    }

    private static IEnumerable<FieldInfo> StaticFields() =>
        typeof(KeyHash).Assembly.GetTypes()
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral);
}
