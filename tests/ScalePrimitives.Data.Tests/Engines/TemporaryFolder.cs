namespace ScalePrimitives.Data.Tests.Engines;

/// <summary>A folder of its own under the system's, gone at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public TemporaryFolder()
        : this(inMemory: false)
    {
    }

    // In memory, where there is such a folder: for tests that end no process, and so need no disk.
    public TemporaryFolder(bool inMemory) => Path = inMemory && Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"scaleprimitives-{Guid.NewGuid()}")).FullName
        : Directory.CreateTempSubdirectory("scaleprimitives-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
