using System.Text;
using System.Text.Json;
using ScalePrimitives.Ids;

namespace ScalePrimitives.Tests.Ids;

/// <summary>UUIDs of names: versions 3 and 5.</summary>
public class UuidNamedTests
{
    [Fact]
    public void They_equal_the_published_ones()
    {
        foreach (JsonElement row in IdVectors.Read("uuid-name-based.json"))
        {
            Guid namespaceId = Guid.Parse(row.Text("namespace"));
            byte[] name = Encoding.UTF8.GetBytes(row.Text("name"));
            bool isThree = row.Number("version") == 3;
            Assert.Equal(row.Text("uuid"), (isThree ? Uuid.NewVersion3(namespaceId, row.Text("name")) : Uuid.NewVersion5(namespaceId, row.Text("name"))).ToString());
            Assert.Equal(row.Text("uuid"), (isThree ? Uuid.NewVersion3(namespaceId, name) : Uuid.NewVersion5(namespaceId, name)).ToString());
        }
    }

    [Fact]
    public void Namespaces_are_those_of_the_RFC() =>
        Assert.Equal(
            ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b811-9dad-11d1-80b4-00c04fd430c8", "6ba7b812-9dad-11d1-80b4-00c04fd430c8", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"],
            new[] { UuidNamespaces.Dns, UuidNamespaces.Url, UuidNamespaces.Oid, UuidNamespaces.X500 }.Select(uuid => uuid.ToString()));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(170)] // the longest whose bytes surely fit the stack
    [InlineData(496)]
    [InlineData(512)]
    [InlineData(100_000)]
    public void Text_of_any_length_is_hashed_as_its_bytes(int length)
    {
        string name = new('ä', length);
        Assert.Equal(Uuid.NewVersion5(UuidNamespaces.Url, Encoding.UTF8.GetBytes(name)), Uuid.NewVersion5(UuidNamespaces.Url, name));
        Assert.Equal(Uuid.NewVersion3(UuidNamespaces.Url, Encoding.UTF8.GetBytes(name)), Uuid.NewVersion3(UuidNamespaces.Url, name));
    }

    [Fact]
    public void What_is_no_text_is_refused()
    {
        Assert.Throws<ArgumentNullException>("name", () => Uuid.NewVersion5(UuidNamespaces.Dns, (string)null!));
        Assert.Throws<ArgumentException>("name", () => Uuid.NewVersion5(UuidNamespaces.Dns, "\uD800"));
        Assert.Throws<ArgumentException>("name", () => Uuid.NewVersion3(UuidNamespaces.Dns, "\uD800"));
    }
}
