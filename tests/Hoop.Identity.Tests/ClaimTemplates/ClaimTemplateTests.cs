using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Identity.ClaimTemplates;
using NUnit.Framework;

namespace Hoop.Identity.Tests.ClaimTemplates;

/// <summary>What templates make of any names and metadata.</summary>
public sealed class ClaimTemplateTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Test]
    public void No_name_and_no_metadata_becomes_anything_but_the_value_in_its_place() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<string?>(), (name, value) =>
        {
            var entity = Entity(Whole(name), new() { ["k"] = Whole(value) });
            var template = Parse("""
                {"name": {{identity.entity.name}}, "text": "<{{identity.entity.metadata.k}}>", "all": {{identity.entity.metadata}}, "in": {"a": [{{identity.entity.name}}]}}
                """);
            var claims = template.Render(entity, Now, out var problem)!.Value;
            Assert.Multiple(() =>
            {
                Assert.That(problem, Is.Null);
                Assert.That(claims.EnumerateObject().Select(claim => claim.Name), Is.EqualTo(["name", "text", "all", "in"]));
                Assert.That(claims.GetProperty("name").GetString(), Is.EqualTo(entity.Name));
                Assert.That(claims.GetProperty("text").GetString(), Is.EqualTo($"<{entity.Metadata["k"]}>"));
                Assert.That(claims.GetProperty("all").GetProperty("k").GetString(), Is.EqualTo(entity.Metadata["k"]));
                Assert.That(claims.GetProperty("in").GetProperty("a")[0].GetString(), Is.EqualTo(entity.Name));
            });
        }));

    [Test]
    public void No_text_makes_reading_a_template_fail() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000),
        Prop.ForAll(Gen.Elements("{", "}", "{{", "}}", "\"", "\\", "a", ":", ",", "[", "]", "identity.entity.name", "time.now", "sub",
                "spiffe://a/", "\uE000", " ", ".", "\ud800")
            .ArrayOf().Select(parts => string.Concat(parts)).ToArbitrary(), text =>
        {
            var template = ClaimTemplate.Parse(text, out var problem);
            Assert.That(template is null || problem is null, Is.True);
            _ = template?.Render(Entity("n", []), Now, out _);
        }));

    [Test]
    public void A_subject_keeps_the_form_of_its_template_whatever_the_name_is() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000),
        Prop.ForAll(
            Gen.Elements("a", "b", "/", ".", "..", "%", "spiffe://", "@", "?", "#", "\\", "\"", " ", "ä", "-").ArrayOf()
                .Select(parts => string.Concat(parts)).ToArbitrary(),
            name =>
            {
                var template = Parse("""{"sub": "spiffe://td.example/ns/{{identity.entity.name}}/sa"}""");
                var claims = template.Render(Entity(name, []), Now, out _);
                var subject = template.SubjectOf(claims, out var problem);
                var isSegment = name.Length > 0 && name is not ("." or "..")
                    && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');
                Assert.That(problem is null, Is.EqualTo(isSegment), name);
                if (problem is null)
                {
                    Assert.That(subject, Is.EqualTo($"spiffe://td.example/ns/{name}/sa"));
                }
            }));

    [TestCase("""{"sub": "spiffe://a.b"}""", true)]
    [TestCase("""{"sub": "spiffe://a.b/x{{identity.entity.name}}y"}""", true)]
    [TestCase("""{"\u0073ub": "spiffe://a.b/c"}""", true)]
    [TestCase("""{"sub": "spiffe://a.b/{{identity.entity.name}}{{identity.entity.id}}"}""", true)]
    [TestCase("""{"sub": "spiffe://a.{{identity.entity.name}}/c"}""", false)]
    [TestCase("""{"sub": "spiffe://a.b/"}""", false)]
    [TestCase("""{"sub": "spiffe://a.b/../c"}""", false)]
    [TestCase("""{"sub": "spiffe://a.b/.{{identity.entity.name}}"}""", true)]
    [TestCase("""{"sub": "https://a.b/c"}""", false)]
    [TestCase("""{"sub": ["spiffe://a.b/c"]}""", false)]
    [TestCase("""{"sub": null}""", false)]
    [TestCase("""{"sub": "SPIFFE://a.b/c"}""", false)]
    public void A_subject_is_a_spiffe_id_of_a_written_trust_domain(string text, bool reads) =>
        Assert.That(ClaimTemplate.Parse(text, out _) is not null, Is.EqualTo(reads));

    [Test]
    public void A_segment_of_dots_that_comes_about_is_refused()
    {
        var template = Parse("""{"sub": "spiffe://a.b/.{{identity.entity.name}}"}""");
        template.SubjectOf(template.Render(Entity(".", []), Now, out _), out var problem);
        Assert.That(problem, Is.EqualTo("a path segment of dots alone"));
    }

    [TestCase("{{time.now}}", 1_800_000_000)]
    [TestCase("{{ time.now.plus.90s }}", 1_800_000_090)]
    [TestCase("{{time.now.plus.1h30m}}", 1_800_005_400)]
    [TestCase("{{time.now.minus.1d}}", 1_799_913_600)]
    [TestCase("{{time.now.plus.10}}", 1_800_000_010)]
    public void Times_are_numbers(string directive, long expected) => Assert.That(
        Parse($$"""{"t": {{directive}}}""").Render(Entity("n", []), Now, out _)!.Value.GetProperty("t").GetInt64(), Is.EqualTo(expected));

    [TestCase("""{"a": {"b": {"c": 1}}}""")]
    [TestCase("""{"a": {"b": {{identity.entity.name}}}}""")]
    [TestCase("""{"a": "}} and { {"}""")]
    public void Braces_of_JSON_are_no_directives(string text) =>
        Assert.That(Parse(text).Render(Entity("n", []), Now, out _), Is.Not.Null);

    [TestCase("aud")]
    [TestCase("iss")]
    [TestCase("sub")]
    public void What_metadata_brings_in_is_none_of_the_gateways_own_claims(string claim)
    {
        if (ClaimTemplate.Parse("{{identity.entity.metadata}}", out _) is { } template)
        {
            Assert.That(template.Render(Entity("n", new() { [claim] = "mine" }), Now, out var problem), Is.Null);
            Assert.That(problem, Does.Contain("only the gateway writes"));
        }
    }

    [Test]
    public void A_list_is_no_claims() =>
        Assert.That(ClaimTemplate.Parse("{{identity.entity.groups.names}}", out _)?.Render(Entity("n", []), Now, out _), Is.Null);

    [TestCase("{\"a\": 1}", "{\"a\": 1}")]
    [TestCase("eyJhIjogMX0=", "{\"a\": 1}")]
    [TestCase("not base64", "not base64")]
    [TestCase("", "")]
    public void Base64_is_taken_off(string given, string text) => Assert.That(ClaimTemplate.Decode(given), Is.EqualTo(text));

    [Test]
    public void What_is_not_asked_for_is_not_read()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Parse("""{"a": {{identity.entity.name}}}""").NeedsGroups, Is.False);
            Assert.That(Parse("""{"a": {{identity.entity.name}}}""").NeedsAliases, Is.False);
            Assert.That(Parse("""{"a": {{identity.entity.groups.ids}}}""").NeedsGroups, Is.True);
            Assert.That(Parse("""{"a": {{identity.groups.names.x.metadata.k}}}""").NeedsGroups, Is.True);
            Assert.That(Parse("""{"a": {{identity.entity.aliases.x.custom_metadata}}}""").NeedsAliases, Is.True);
        });
    }

    private static ClaimTemplate Parse(string text)
    {
        var template = ClaimTemplate.Parse(text, out var problem);
        Assert.That(problem, Is.Null);
        return template!;
    }

    private static EntityTold Entity(string name, Dictionary<string, string> metadata) =>
        new(Guid.Empty, name, metadata, [], new Dictionary<string, AliasTold>());

    // The store holds no halves of surrogate pairs.
    private static string Whole(string? text) => JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(text ?? ""))!;
}
