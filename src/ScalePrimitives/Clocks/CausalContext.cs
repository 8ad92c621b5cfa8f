using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace ScalePrimitives.Clocks;

/// <summary>
/// What a client has read of one key: it gives it back with its next write, which then replaces that and nothing else. To clients it is opaque:
/// they keep it, send it and merge it, but cannot make events with it, as that would claim to have read what they have not.
/// </summary>
/// <remarks>
/// <para>Valid for the key that it was read of alone. Immutable and so thread-safe.</para>
/// <para>Bytes and text are those of a <see cref="VectorClock"/>: canonical, and strictly read. Text is ASCII without quotes and so fits a header.</para>
/// <para>Source: the context of Dynamo's put, DeCandia et al., 2007.</para>
/// </remarks>
[JsonConverter(typeof(ClockJsonConverter<CausalContext>))]
public sealed class CausalContext
    : IEquatable<CausalContext>, ISpanFormattable, IUtf8SpanFormattable, ISpanParsable<CausalContext>, IUtf8SpanParsable<CausalContext>
{
    internal CausalContext(VectorClock seen) => Seen = seen;

    /// <summary>Gets the context of a client that has read nothing: a write with it replaces nothing.</summary>
    public static CausalContext Empty { get; } = new(VectorClock.Empty);

    /// <summary>Gets the number of actors of which an event has been seen.</summary>
    /// <value>0 to <see cref="VectorClock.MaxCount"/>.</value>
    public int Count => Seen.Count;

    internal VectorClock Seen { get; }

    /// <summary>Gets how many events of an actor have been seen. O(log n), allocates nothing.</summary>
    /// <param name="actor">Any actor.</param>
    /// <value>The actor's counter; 0 when none of its events has been seen.</value>
    public ulong this[ulong actor] => Seen[actor];

    /// <inheritdoc cref="VectorClock.Contains"/>
    public bool Contains(Dot dot) => Seen.Contains(dot);

    /// <summary>Tells which of two has seen more. O(n), allocates nothing.</summary>
    /// <param name="other">Another context of the same key.</param>
    /// <returns>As <see cref="VectorClock.Compare"/>.</returns>
    public CausalOrder Compare(CausalContext other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Seen.Compare(other.Seen);
    }

    /// <summary>Joins what was read from several replicas. O(n).</summary>
    /// <param name="other">Another context of the same key.</param>
    /// <returns>The context of one who has read both.</returns>
    /// <exception cref="InvalidOperationException">Together they have more than <see cref="VectorClock.MaxCount"/> actors.</exception>
    public CausalContext Merge(CausalContext other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Of(Seen.Merge(other.Seen), this, other);
    }

    /// <inheritdoc cref="VectorClock.GetEncodedLength()"/>
    public int GetEncodedLength() => Seen.GetEncodedLength();

    /// <inheritdoc cref="VectorClock.TryWrite"/>
    public bool TryWrite(Span<byte> destination, out int written) => Seen.TryWrite(destination, out written);

    /// <summary>Reads the binary form of a context from the start of <paramref name="source"/>, as strictly as <see cref="VectorClock.TryRead"/>; what follows it is left alone.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="context">The context read.</param>
    /// <param name="read">How many bytes the context took; 0 when refused.</param>
    /// <returns><see langword="false"/> when the bytes are no context.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out CausalContext? context, out int read) =>
        (context = VectorClock.TryRead(source, out VectorClock? seen, out read) ? new CausalContext(seen) : null) is not null;

    /// <inheritdoc cref="VectorClock.ToString()"/>
    public override string ToString() => Seen.ToString();

    /// <inheritdoc cref="VectorClock.ToString(string?, IFormatProvider?)"/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Seen.ToString(format, formatProvider);

    /// <inheritdoc cref="VectorClock.TryFormat(Span{char}, out int, ReadOnlySpan{char}, IFormatProvider?)"/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Seen.TryFormat(destination, out charsWritten, format, provider);

    /// <inheritdoc cref="VectorClock.TryFormat(Span{byte}, out int, ReadOnlySpan{char}, IFormatProvider?)"/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Seen.TryFormat(utf8Destination, out bytesWritten, format, provider);

    /// <inheritdoc cref="VectorClock.Parse(string, IFormatProvider?)"/>
    public static CausalContext Parse(string s, IFormatProvider? provider) => new(VectorClock.Parse(s, provider));

    /// <inheritdoc cref="VectorClock.Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static CausalContext Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => new(VectorClock.Parse(s, provider));

    /// <inheritdoc cref="VectorClock.Parse(ReadOnlySpan{byte}, IFormatProvider?)"/>
    public static CausalContext Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider) => new(VectorClock.Parse(utf8Text, provider));

    /// <inheritdoc cref="VectorClock.TryParse(string?, IFormatProvider?, out VectorClock?)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [NotNullWhen(true)] out CausalContext? result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc cref="VectorClock.TryParse(ReadOnlySpan{char}, IFormatProvider?, out VectorClock?)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, [NotNullWhen(true)] out CausalContext? result) =>
        (result = VectorClock.TryParse(s, provider, out VectorClock? seen) ? new CausalContext(seen) : null) is not null;

    /// <inheritdoc cref="VectorClock.TryParse(ReadOnlySpan{byte}, IFormatProvider?, out VectorClock?)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, [NotNullWhen(true)] out CausalContext? result) =>
        (result = VectorClock.TryParse(utf8Text, provider, out VectorClock? seen) ? new CausalContext(seen) : null) is not null;

    /// <summary>Tells whether both have seen the same events. O(n).</summary>
    /// <param name="other">The other context; <see langword="null"/> equals none.</param>
    /// <returns>Whether they are equal.</returns>
    public bool Equals([NotNullWhen(true)] CausalContext? other) => other is not null && Seen.Equals(other.Seen);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as CausalContext);

    /// <inheritdoc cref="VectorClock.GetHashCode"/>
    public override int GetHashCode() => Seen.GetHashCode();

    /// <summary>Returns the context of a clock: one of two that have it, if one does.</summary>
    internal static CausalContext Of(VectorClock seen, CausalContext first, CausalContext second) =>
        ReferenceEquals(seen, first.Seen) ? first : ReferenceEquals(seen, second.Seen) ? second : new CausalContext(seen);
}
