using System.Text.Json;
using Hoop.Shared.Secrets;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Secrets;

/// <summary>A secret has one way out.</summary>
public sealed class SecretTests
{
    private sealed record Body(string Name, SecretText? Secret);

    [Test]
    public void It_prints_as_stars_alone_and_inside_of_a_record()
    {
        var secret = new SecretText("hunter2");
        Assert.Multiple(() =>
        {
            Assert.That($"{secret}", Is.EqualTo("***"));
            Assert.That(new Body("a", secret).ToString(), Does.Not.Contain("hunter2"));
            Assert.That(secret.Reveal(), Is.EqualTo("hunter2"));
            Assert.That((secret.IsEmpty, new SecretText("").IsEmpty), Is.EqualTo((false, true)));
        });
    }

    [Test]
    public void It_may_be_the_rest_of_a_text()
    {
        var secret = new SecretText("Bearer hunter2", 7);
        Assert.That((secret.Reveal(), secret.RevealSpan().ToString(), secret.ToString()), Is.EqualTo(("hunter2", "hunter2", "***")));
        Assert.That((secret.IsEmpty, new SecretText("Bearer ", 7).IsEmpty), Is.EqualTo((false, true)));
        Assert.That(() => new SecretText("x", 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SecretText("x", -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void It_is_read_from_JSON_and_never_written_to_it()
    {
        var body = JsonSerializer.Deserialize<Body>("""{"Name":"a","Secret":"hunter2"}""")!;
        Assert.That(body.Secret!.Reveal(), Is.EqualTo("hunter2"));
        Assert.That(() => JsonSerializer.Serialize(body), Throws.InstanceOf<NotSupportedException>());
    }

    [TestCase("1")]
    [TestCase("true")]
    [TestCase("[]")]
    [TestCase("{}")]
    public void Only_a_text_is_one(string json) => Assert.That(
        () => JsonSerializer.Deserialize<Body>($"{{\"Name\":\"a\",\"Secret\":{json}}}"), Throws.InstanceOf<JsonException>());

    [Test]
    public void Generated_ones_are_long_and_each_is_another()
    {
        var made = Enumerable.Range(0, 1000).Select(_ => SecretHash.Generate("hpt-").Reveal()).ToArray();
        Assert.That(made, Is.Unique);
        Assert.That(made, Has.All.Matches("^hpt-[A-Za-z0-9_-]{43}$"));
    }

    [Test]
    public void A_hash_knows_its_secret_and_no_other()
    {
        var stored = SecretHash.Of("hunter2");
        Assert.Multiple(() =>
        {
            Assert.That(stored, Has.Length.EqualTo(32));
            Assert.That(SecretHash.Matches(stored, "hunter2"));
            Assert.That(SecretHash.Matches(stored, "Hunter2"), Is.False);
            Assert.That(SecretHash.Matches(stored, ""), Is.False);
            Assert.That(SecretHash.Matches(stored.AsSpan(0, 31), "hunter2"), Is.False);
        });
    }
}
