using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>
/// Gives each <see cref="DottedVersionVectorSet{T}"/> its <see cref="DottedVersionVectorSetJsonConverter{T}"/>. The type names it itself: there is nothing to add to the
/// options, and no code is generated at run time. Thread-safe.
/// </summary>
public sealed class DottedVersionVectorSetJsonConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        return typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(DottedVersionVectorSet<>);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="typeToConvert"/> is no such set.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "No constructor runs, and the one member that is called is called through an interface.")]
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        if (!CanConvert(typeToConvert))
        {
            throw new ArgumentException($"{typeToConvert} is no {nameof(DottedVersionVectorSet<>)}.", nameof(typeToConvert));
        }

        // Which converter it is only the set's own type knows: to make it of a Type, code would have to be generated at run time. So a set
        // without content is asked, which is not used for anything else.
        return ((IMakesConverter)RuntimeHelpers.GetUninitializedObject(typeToConvert)).MakeConverter();
    }

    /// <summary>A type that knows its converter.</summary>
    internal interface IMakesConverter
    {
        /// <summary>Makes the converter. The instance may be without content.</summary>
        JsonConverter MakeConverter();
    }
}
