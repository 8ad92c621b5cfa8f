using System.Runtime.InteropServices;

namespace ScalePrimitives.Caching;

/// <summary>What a load ended with: a value, or, when many keys were loaded at once, none for this key.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Loaded<TValue>(bool HasValue, TValue Value);
