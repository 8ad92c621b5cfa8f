namespace ScalePrimitives.Caching;

/// <summary>The checks behind the integrity walks that tests run after every stress and every model step.</summary>
internal static class Integrity
{
    /// <summary>Throws unless <paramref name="condition"/> holds.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="sentence">The same in words, for the message.</param>
    public static void Require(bool condition, string sentence)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Broken invariant: {sentence}.");
        }
    }
}
