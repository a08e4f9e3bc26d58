using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

public sealed class EntityRulesTests : IdentityFixture
{
    private const string Entity = "/v1/identity/entity";

    [TestCase("root")]
    [TestCase("Root")]
    [TestCase("ROOT")]
    [TestCase("rOoT")]
    [TestCase(" root")]
    [TestCase("root ")]
    [TestCase("\troot\n")]
    [TestCase("\u00A0root")]
    [TestCase("\u2003ROOT\u3000")]
    [TestCase("default,root")]
    [TestCase("default , Root ,x")]
    [TestCase("root\u0000")]
    [TestCase("ro\u0000ot")]
    [TestCase("ro\u200Bot")]
    [TestCase("\uFEFFroot")]
    [TestCase("ro\u00ADot")]
    [TestCase("r\u043E\u043Et")]
    [TestCase("\uFF52\uFF4F\uFF4F\uFF54")]
    [TestCase("roo\u1E6F")]
    [TestCase("root\u0301")]
    [TestCase("\u212Aroot")]
    [TestCase("adm\u0131n")]
    [TestCase("adm\u0130n")]
    [TestCase("ro ot")]
    [TestCase("root\r")]
    [TestCase("root\u001B[0m")]
    [TestCase("\U0001D42B\U0001D428\U0001D428\U0001D42D")]
    [Description("CVE-2025-5999, CVE-2025-64761, CVE-2025-54996: root in another spelling, and names that only look like another")]
    public async Task A_policy_that_is_or_looks_like_root_is_refused_on_every_path(string policy)
    {
        var before = await Count();

        foreach (var reply in new[]
        {
            await Admin.Post(Entity, new { policies = policy }),
            await Admin.Post(Entity, new { policies = new[] { "default", policy } }),
            await Admin.Put($"{Entity}/name/rooted", new { policies = new[] { policy } }),
        })
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(ErrorsOf(reply).Single(), Does.Contain("policies"));
        }

        Assert.That(await Count(), Is.EqualTo(before));
    }

    [Test]
    public async Task The_text_of_the_refusal_is_Vault_s()
    {
        var id = (await Admin.Post(Entity))["data"].GetProperty("id").GetString();

        var reply = await Admin.Post($"{Entity}/id/{id}", new { policies = " rOOt " });

        Assert.That(ErrorsOf(reply), Is.EqualTo(new[] { "policies cannot contain root" }));
    }

    [TestCase(" name")]
    [TestCase("name ")]
    [TestCase("name\n")]
    [TestCase("\u00A0name")]
    [TestCase("na\u0000me")]
    [TestCase("na\u200Bme")]
    [TestCase("na\u202Eme")]
    [TestCase("na\u001Bme")]
    [TestCase("   ")]
    [Description("CVE-2025-6004, CVE-2025-6013: two names that look like one")]
    public async Task A_name_with_blanks_around_it_or_invisible_characters_is_refused(string name)
    {
        var reply = await Admin.Post(Entity, new { name });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply).Single(), Does.Contain("name"));
    }

    [TestCase("Kelvin", "\u212Aelvin")]
    [TestCase("file", "f\u0131le")]
    [TestCase("\u00E4", "\u00C4")]
    public async Task Letters_outside_ASCII_are_never_folded_into_another_name(string first, string second)
    {
        var one = (await Admin.Post(Entity, new { name = first }))["data"].GetProperty("id").GetString();
        var other = (await Admin.Post(Entity, new { name = second }))["data"].GetProperty("id").GetString();

        Assert.That(one, Is.Not.EqualTo(other));
        Assert.That(
            (await Admin.Get($"{Entity}/name/{Uri.EscapeDataString(second)}"))["data"].GetProperty("id").GetString(), Is.EqualTo(other));
    }

    [Test]
    public async Task The_longest_name_works_and_one_more_character_does_not()
    {
        Assert.That((await Admin.Post(Entity, new { name = new string('\u4E2D', 512) })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Admin.Post(Entity, new { name = new string('n', 513) })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Policies_have_limits()
    {
        Assert.That((await Admin.Post(Entity, new { policies = new[] { new string('p', 128) } })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await Admin.Post(Entity, new { policies = new[] { new string('p', 129) } })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            (await Admin.Post(Entity, new { policies = Enumerable.Range(0, 256).Select(i => $"p{i}") })).Status,
            Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await Admin.Post(Entity, new { policies = Enumerable.Range(0, 257).Select(i => $"p{i}") })).Status,
            Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase(64, 128, 512, null)]
    [TestCase(65, 128, 512, "metadata cannot contain more than 64 key/value pairs")]
    [TestCase(1, 129, 512, "key is too long (limit: 128 characters)")]
    [TestCase(1, 128, 513, "value is too long (limit: 512 characters)")]
    [TestCase(1, 1, 0, null)]
    public async Task Metadata_has_Vault_s_limits(int pairs, int keyLength, int valueLength, string? problem)
    {
        var metadata = Enumerable.Range(0, pairs).ToDictionary(
            i => $"{i}".PadLeft(keyLength, 'k'), _ => new string('v', valueLength), StringComparer.Ordinal);

        var reply = await Admin.Post(Entity, new { metadata });

        Assert.That(reply.Status, Is.EqualTo(problem is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest));
        if (problem is not null)
        {
            Assert.That(ErrorsOf(reply).Single(), Does.StartWith("invalid entity metadata: ").And.EndsWith(problem));
            Assert.That(ErrorsOf(reply).Single(), Has.Length.LessThan(300), "the value is not repeated");
        }
    }

    [TestCase("validVALID012_-=+/", null)]
    [TestCase("with space", "key contains invalid characters")]
    [TestCase("dot.ted", "key contains invalid characters")]
    [TestCase("\u00E4", "key contains invalid characters")]
    [TestCase("", "key cannot be blank")]
    [TestCase("vault-owned", "key prefix \"vault-\" is reserved for internal use")]
    [TestCase("vaultowned", null)]
    public async Task Metadata_keys_follow_Vault_s_pattern(string key, string? problem)
    {
        var reply = await Admin.Post(Entity, new { metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [key] = "v" } });

        Assert.That(reply.Status, Is.EqualTo(problem is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest));
        if (problem is not null)
        {
            Assert.That(ErrorsOf(reply).Single(), Does.EndWith(problem));
        }
    }

    [Test]
    public async Task A_metadata_value_is_counted_in_bytes_and_kept_as_it_is()
    {
        var value = string.Concat(Enumerable.Repeat("\U0001F511", 128));
        var id = (await Admin.Post(Entity, new { metadata = new { key = value } }))["data"].GetProperty("id").GetString();

        var read = await Admin.Get($"{Entity}/id/{id}");

        Assert.That(read["data"].GetProperty("metadata").GetProperty("key").GetString(), Is.EqualTo(value));
        Assert.That((await Admin.Post(Entity, new { metadata = new { key = value + "x" } })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("""{"name": "a\u0000"}""")]
    [TestCase("""{"metadata": {"a": "\u0000"}}""")]
    [TestCase("""{"metadata": {"\u0000": "a"}}""")]
    [TestCase("""{"metadata": ["a=\u0000"]}""")]
    [TestCase("""{"policies": ["\u0000"]}""")]
    [TestCase("""{"id": "\u0000"}""")]
    [TestCase("""{"unknown": "\u0000"}""")]
    [TestCase("""{"unknown\u0000": 1}""")]
    [TestCase("""{"name": "\ud800"}""")]
    [TestCase("""{"metadata": {"a": "\udc00"}}""")]
    [TestCase("""{"metadata": {"\ud800": "a"}}""")]
    public async Task What_the_database_cannot_hold_is_a_400(string body)
    {
        var reply = await Admin.Post(Entity, body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply), Has.Length.EqualTo(1));
    }

    [TestCase("name", "[]")]
    [TestCase("name", "{}")]
    [TestCase("id", "[1]")]
    [TestCase("disabled", "\"yes\"")]
    [TestCase("disabled", "2")]
    [TestCase("disabled", "[]")]
    [TestCase("policies", "{}")]
    [TestCase("policies", "[[\"a\"]]")]
    [TestCase("metadata", "\"novalue\"")]
    [TestCase("metadata", "[\"=v\"]")]
    [TestCase("metadata", "{\"a\": {}}")]
    [TestCase("metadata", "{\"a\": []}")]
    [TestCase("metadata", "5")]
    public async Task A_wrong_type_names_the_field(string field, string value)
    {
        var reply = await Admin.Post(Entity, $$"""{"{{field}}": {{value}}}""");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply).Single(), Does.StartWith($"Field validation failed: error converting input for field \"{field}\": "));
    }

    private async Task<long> Count() => (await Gateway.Query<long>("SELECT count(*) FROM identity.entities"))[0];
}
