using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Readme;

public class CachingExample
{
    [Fact]
    public void Runs()
    {
        using var cache = new Cache<string, string>(capacity: 10_000);

        string page = cache.GetOrAdd("/home", path => $"<html>{path}</html>"); // concurrent callers share one load
        cache.Set("/about", "<html>We are two.</html>");
        if (cache.TryGet("/about", out string? found))
        {
            Console.WriteLine(found);
        }

        cache.Remove("/home");

        Assert.Equal("<html>/home</html>", page);
        Assert.Equal("<html>We are two.</html>", found);
        Assert.False(cache.TryGet("/home", out _));
    }
}
