namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A folder of its own under the system's, gone at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";
    private const long Room = 4L << 30; // a container may have less than a server needs

    public TemporaryFolder()
        : this(inMemory: false)
    {
    }

    // In memory, where there is such a folder: no disk is waited for, and a process that is killed leaves there what it wrote, as on a disk.
    public TemporaryFolder(bool inMemory) => Path = inMemory && Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > Room
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"scaleprimitives-{Guid.NewGuid()}")).FullName
        : Directory.CreateTempSubdirectory("scaleprimitives-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
