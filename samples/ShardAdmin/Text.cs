namespace ShardAdmin;

/// <summary>Numbers in sentences.</summary>
internal static class Text
{
    public static string Count(long count, string what) => $"{count:N0} {what}{(count == 1 ? "" : "s")}";
}
