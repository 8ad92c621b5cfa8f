namespace ShardAdmin;

/// <summary>A recorded request: its place in the recording, and the page it asked for.</summary>
internal readonly record struct Request(long Number, long Page);
