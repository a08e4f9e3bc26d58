using Hoop.Cli;
using Hoop.Cli.Apply;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.Apply;

/// <summary>Nothing mistyped in a manifest passes, and each mistake is told with its place.</summary>
public sealed class ManifestReaderTests
{
    [TestCase("name: web", "f.yaml:1: kind is missing; it is one of trust-domain, ")]
    [TestCase("kind: agnet\nname: web", "f.yaml:1: there is no kind agnet; did you mean agent?")]
    [TestCase("kind: secret\nname: web", "f.yaml:1: there is no kind secret; the kinds are ")]
    [TestCase("kind: agent\nname: web\nmoed: x", "f.yaml:1: agent has no moed; did you mean mode?")]
    [TestCase("kind: connection\nname: x\nsecret: {A: {value: b}}", "f.yaml:1: connection has no secret; did you mean secrets?")]
    [TestCase("kind: agent\nname: web\nzzz: x", "f.yaml:1: agent has no zzz; it has name, mode")]
    [TestCase("kind: agent", "f.yaml:1: agent needs name")]
    [TestCase("kind: agent\nname: a\n---\nmode: x", "f.yaml:4: kind is missing")]
    [TestCase("- 1", "f.yaml:1: a document has keys and values, the first of them kind")]
    [TestCase("kind: [agent]", "f.yaml:1: kind is missing")]
    [TestCase("kind: connection\nname: x\nagent: a\nagent_id: b", "f.yaml:1: only one of agent, agent_id may be set")]
    [TestCase("kind: spiffe-mapping\ntrust_domain: x", "f.yaml:1: exactly one of spiffe_id and spiffe_prefix must be set")]
    [TestCase("kind: agent\n\tname: web", "f.yaml:2:1: a tab indents this line; YAML takes blanks only")]
    [TestCase("kind: agent\nname: web\nname: other", "f.yaml:")]
    [TestCase("""[{"kind":"agent","name":"a"},{"kind":"agent"}]""", "f.yaml[1]: agent needs name")]
    public void A_mistake_is_told_with_its_place(string text, string message) =>
        Assert.That(() => ManifestReader.Parse("f.yaml", text), Throws.InstanceOf<CliFailure>().With.Message.StartsWith(message));

    [Test]
    public void One_thing_described_twice_is_a_mistake()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "kind: agent\nname: web\n---\nkind: agent\nname: web\n");

            Assert.That(
                () => ManifestReader.Read([file]),
                Throws.InstanceOf<CliFailure>().With.Message.EqualTo(
                    $"{file}:4: agent/web is described a second time; the first is at {file}:1"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("kind: agent\nname: web")]
    [TestCase("kind: agents\nname: web")]
    [TestCase("# a comment\n---\nkind: agent\nname: web\n---\n")]
    [TestCase("x-common: &c {mode: standard}\nkind: agent\nname: web\n<<: *c")]
    [TestCase("{\"kind\": \"agent\", \"name\": \"web\"}")]
    public void The_same_is_written_in_several_ways(string text)
    {
        var manifest = ManifestReader.Parse("f.yaml", text).Single();

        Assert.That((manifest.Kind.Name, manifest.Name), Is.EqualTo(("agent", "web")));
    }

    [Test]
    public void A_kind_names_its_key_among_its_members()
    {
        Assert.That(ManifestKinds.All, Has.Count.GreaterThan(10));
        foreach (var kind in ManifestKinds.All)
        {
            Assert.That(kind.Required, Is.SubsetOf(kind.Members), kind.Name);
            Assert.That(kind.Exclusive.SelectMany(group => group), Is.SubsetOf(kind.Members), kind.Name);
            Assert.That(kind.Fixed, Is.SubsetOf(kind.Members), kind.Name);
            Assert.That(kind.Delete is null, Is.EqualTo(kind.NeverPruned is not null), kind.Name);
        }
    }
}
