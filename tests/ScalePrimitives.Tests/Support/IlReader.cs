using System.Reflection;
using System.Reflection.Emit;

namespace ScalePrimitives.Tests.Support;

/// <summary>Finds the types and members that compiled code refers to, so that rules about dependencies can be tested on the assembly itself.</summary>
internal static class IlReader
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>Every member that the type's signatures and method bodies name: types, methods and fields.</summary>
    public static IEnumerable<MemberInfo> References(Type type)
    {
        IEnumerable<Type?> declared =
        [
            type.BaseType, .. type.GetInterfaces(),
            .. type.GetFields(Declared).Select(field => field.FieldType),
            .. type.GetMethods(Declared).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
        ];
        return declared.OfType<Type>().Concat(type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)).SelectMany(Named));
    }

    /// <summary>A type and what it is made of: elements of arrays, arguments of generics.</summary>
    public static IEnumerable<Type> Parts(MemberInfo member)
    {
        Type? type = member as Type ?? member.DeclaringType;
        IEnumerable<Type> arguments = member is MethodInfo { IsGenericMethod: true } method ? method.GetGenericArguments() : [];
        if (type is not null)
        {
            arguments = arguments.Concat(type.IsGenericType ? type.GetGenericArguments() : type.HasElementType ? [type.GetElementType()!] : []);
            yield return type;
        }

        foreach (Type part in arguments.Where(argument => !argument.IsGenericParameter).SelectMany(Parts))
        {
            yield return part;
        }
    }

    private static IEnumerable<MemberInfo> Named(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < il.Length;)
        {
            short value = il[at] == 0xFE ? (short)((0xFE << 8) | il[at + 1]) : il[at];
            OpCode code = OpCodes[value];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                && Resolve(method, BitConverter.ToInt32(il, at)) is { } member)
            {
                yield return member;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, typeArguments, methodArguments);
    }
}
