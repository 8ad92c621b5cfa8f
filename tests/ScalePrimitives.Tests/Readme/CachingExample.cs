using ScalePrimitives.Caching;

namespace ScalePrimitives.Tests.Readme;

public class CachingExample
{
    [Fact]
    public void Runs()
    {
        using var cache = new Cache<string, User>(capacity: 10_000);

        User user = cache.GetOrAdd("user:42", key => Load(key)); // concurrent callers share one load
        cache.Set("user:43", new User("Grace"));
        if (cache.TryGet("user:43", out User? found))
        {
            Console.WriteLine(found.Name);
        }

        cache.Remove("user:42");

        Assert.Equal("user:42", user.Name);
        Assert.Equal("Grace", found!.Name);
        Assert.False(cache.TryGet("user:42", out _));

        static User Load(string key) => new(key);
    }

    private sealed record User(string Name);
}
