using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ScalePrimitives.Internal;

/// <summary>
/// Argument checks whose messages name the argument, the allowed range and the value. Inside a property setter, where the
/// argument is always called <c>value</c>, the message names the property.
/// </summary>
internal static class Guard
{
    /// <summary>Returns <paramref name="value"/> when it lies in [<paramref name="minimum"/>, <paramref name="maximum"/>]; NaN never does.</summary>
    public static T InRange<T>(
        T value,
        T minimum,
        T maximum,
        [CallerArgumentExpression(nameof(value))] string argument = "",
        [CallerMemberName] string member = "")
        where T : INumber<T>
    {
        if (!(value >= minimum && value <= maximum))
        {
            ThrowOutOfRange(NameOf(argument, member), value, minimum, maximum);
        }

        return value;
    }

    /// <summary>Returns <paramref name="value"/> when it lies in [<paramref name="minimum"/>, <paramref name="maximum"/>].</summary>
    public static TimeSpan InRange(
        TimeSpan value,
        TimeSpan minimum,
        TimeSpan maximum,
        [CallerArgumentExpression(nameof(value))] string argument = "",
        [CallerMemberName] string member = "")
    {
        if (value < minimum || value > maximum)
        {
            ThrowOutOfRange(NameOf(argument, member), value, minimum, maximum);
        }

        return value;
    }

    /// <summary>Returns <paramref name="value"/> when it is finite and above zero.</summary>
    public static double PositiveFinite(
        double value,
        [CallerArgumentExpression(nameof(value))] string argument = "",
        [CallerMemberName] string member = "")
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            string name = NameOf(argument, member);
            throw new ArgumentOutOfRangeException(name, value, string.Create(CultureInfo.InvariantCulture, $"{name} must be a finite number above 0, but was {value}."));
        }

        return value;
    }

    /// <summary>Returns <paramref name="value"/> when it is one of the values its type names.</summary>
    public static T Defined<T>(
        T value,
        [CallerArgumentExpression(nameof(value))] string argument = "",
        [CallerMemberName] string member = "")
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            string name = NameOf(argument, member);
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<T>())}, but was {value}.");
        }

        return value;
    }

    /// <summary>Returns <paramref name="value"/> when it has at least one character.</summary>
    public static string NotNullOrEmpty(
        [NotNull] string? value,
        [CallerArgumentExpression(nameof(value))] string argument = "",
        [CallerMemberName] string member = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(value, NameOf(argument, member));
        return value;
    }

    private static string NameOf(string argument, string member) => argument == "value" ? member : argument;

    [DoesNotReturn]
    private static void ThrowOutOfRange<T>(string name, T value, T minimum, T maximum) =>
        throw new ArgumentOutOfRangeException(
            name,
            value,
            string.Create(CultureInfo.InvariantCulture, $"{name} must be from {minimum} to {maximum}, but was {value}."));
}
