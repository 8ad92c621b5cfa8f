using System.Runtime.InteropServices;

namespace ScalePrimitives.Ids;

/// <summary>
/// The right to issue the ids of one worker whose timestamps lie in a window. The window is in id time: it bounds the timestamps, not
/// when the holder may run, so that neither pauses nor wrong clocks let two holders issue the same id.
/// </summary>
/// <param name="Worker">The worker's number: datacenter and server as one number, the datacenter above.</param>
/// <param name="Token">Random for each incarnation of a worker: a process that restarts under the same name is another one.</param>
/// <param name="NotBefore">The first instant whose timestamp may be issued.</param>
/// <param name="NotAfter">The first instant whose timestamp may not be issued any more.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WorkerGrant(long Worker, Guid Token, DateTimeOffset NotBefore, DateTimeOffset NotAfter);
