using NUnit.Framework;

namespace Hoop.Shared.Tests;

/// <summary>Ids have one spelling, and ids made of names are the same everywhere.</summary>
public sealed class IdTests
{
    private const string Id = "018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f";

    [Test]
    public void An_id_is_read_in_either_case()
    {
        Assert.That(StrictUuid.Parse(Id), Is.EqualTo(Guid.Parse(Id)));
        Assert.That(StrictUuid.Parse(Id.ToUpperInvariant()), Is.EqualTo(Guid.Parse(Id)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("{018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f}")]
    [TestCase("018f3c6e7d1a700080005b1a3c9d0e2f")]
    [TestCase(" 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2")]
    [TestCase("018f3c6e-7d1a-7000-8000-5b1a3c9d0e2 ")]
    [TestCase("018f3c6e-7d1a-7000-8000-5b1a3c9d0e2g")]
    [TestCase("018f3c6e-7d1a-7000-80005-b1a3c9d0e2f")]
    [TestCase("018f3c6e_7d1a_7000_8000_5b1a3c9d0e2f")]
    [TestCase("018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f0")]
    public void No_other_spelling_is_an_id(string? text) => Assert.That(StrictUuid.Parse(text), Is.Null);

    // Made with Python's uuid.uuid5.
    [TestCase("http://www.example.com/", "fcde3c85-2270-590f-9e7c-ee003d65e0e2")]
    [TestCase("", "1b4db7eb-4057-5ddf-91e0-36dec72071f5")]
    public void A_name_gives_the_same_id_everywhere(string name, string id) =>
        Assert.That(UuidV5.Create(UuidV5.Url, name), Is.EqualTo(Guid.Parse(id)));

    [Test]
    public void Ids_of_names_say_their_version_and_depend_on_name_and_space()
    {
        var one = UuidV5.Create(UuidV5.Url, "serviceaccount/ci");
        Assert.Multiple(() =>
        {
            Assert.That(one.Version, Is.EqualTo(5));
            Assert.That(one.ToString()[19], Is.AnyOf('8', '9', 'a', 'b'));
            Assert.That(UuidV5.Create(UuidV5.Url, "serviceaccount/CI"), Is.Not.EqualTo(one));
            Assert.That(UuidV5.Create(one, "serviceaccount/ci"), Is.Not.EqualTo(one));
        });
    }
}
