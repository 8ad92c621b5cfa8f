using System.Data.Common;
using System.Net.Sockets;

namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A server that is gone, as drivers tell of it.</summary>
internal static class Outage
{
    /// <summary>Gets how long to wait before the next try.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Says whether an exception is of a database or of the connection to it: MySqlConnector does not wrap those of a socket everywhere.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsOne(Exception exception) => exception is DbException or IOException or SocketException;
}
