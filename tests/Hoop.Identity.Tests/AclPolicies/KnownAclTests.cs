using System.Text.Json;
using Hoop.Identity.AclPolicies;
using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.AclPolicies;

/// <summary>
/// What a token may do is remembered. Two gateways: the second remembers, the first changes something, and the second must know when the
/// first has answered.
/// </summary>
public sealed class KnownAclTests
{
    private TwoGateways _gateways = null!;
    private int _names;

    private HttpClient Admin => _gateways.First.Operator;

    private long Reads => _gateways.Second.Services.GetRequiredService<MemoryMetrics>().MissesOf("acls");

    [OneTimeSetUp]
    public async Task Start() => _gateways = await TwoGateways.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public async Task A_policy_that_is_written_counts_at_once()
    {
        using var token = await Token(await Policy("""path "a" { capabilities = ["read"] }""", "p-write"));
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("read"));
        await Policy("""path "a" { capabilities = ["read", "update"] }""", "p-write");
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("read,update"), "a grant");
        await Policy("""path "a" { capabilities = ["deny"] }""", "p-write");
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("deny"), "a deny");
        await Policy("""path "a" { capabilities = ["list"] }""", "p-write");
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("list"), "and back");
        await Good(Admin.Delete("/v1/sys/policies/acl/p-write"));
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("deny"), "it is gone");
    }

    [Test]
    public async Task A_policy_that_is_made_after_its_token_counts_at_once()
    {
        using var token = await Token("p-later");
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("deny"));
        await Policy("""path "a" { capabilities = ["read"] }""", "p-later");
        Assert.That(await Capabilities(token, "a"), Is.EqualTo("read"));
    }

    [Test]
    public async Task A_stored_default_takes_the_place_of_the_one_that_is_built_in()
    {
        var (admin, token) = await Organization();
        using (admin)
        using (token)
        {
            Assert.That(await Capabilities(token, "auth/token/renew-self"), Is.EqualTo("update"));
            var narrow = """path "sys/capabilities-self" { capabilities = ["update"] }""";
            await Good(admin.Post("/v1/sys/policies/acl/default", new { policy = narrow }));
            Assert.That(await Capabilities(token, "auth/token/renew-self"), Is.EqualTo("deny"));
        }
    }

    [TestCase("name", TestName = "The name of an entity in a template")]
    [TestCase("metadata", TestName = "Metadata of an entity in a template")]
    [TestCase("alias", TestName = "The name of an alias in a template")]
    [TestCase("custom", TestName = "Custom metadata of an alias in a template")]
    [TestCase("alias gone", TestName = "An alias in a template that is deleted")]
    [TestCase("group", TestName = "The name of a group in a template")]
    [TestCase("member", TestName = "A group in a template that one leaves")]
    public async Task A_value_of_a_template_that_changes_counts_at_once(string what)
    {
        await _gateways.Second.Remembers();
        var known = await Entity();
        var template = what switch
        {
            "name" => "identity.entity.name",
            "metadata" => "identity.entity.metadata.team",
            "alias" or "alias gone" => $"identity.entity.aliases.{known.Accessor}.name",
            "custom" => $"identity.entity.aliases.{known.Accessor}.custom_metadata.room",
            _ => $"identity.groups.ids.{known.GroupId}.name",
        };
        var before = what switch
        {
            "name" => known.Name,
            "metadata" => "red",
            "alias" or "alias gone" => known.Alias,
            "custom" => "cellar",
            _ => known.Group,
        };
        var policy = await Policy($$$"""path "t/{{{{{template}}}}}" { capabilities = ["read"] }""", $"t-{Fresh("policy")}");
        using var token = await Token(policy, known.Alias);
        Assert.That(await Capabilities(token, $"t/{before}"), Is.EqualTo("read"), "it never had access, so the case shows nothing");
        var reads = Reads;
        await Capabilities(token, $"t/{before}");
        Assert.That(Reads, Is.EqualTo(reads), "it is not remembered, so the case shows nothing");

        await Good(what switch
        {
            "name" => Admin.Post($"/v1/identity/entity/id/{known.Id}", new { name = Fresh("other") }),
            "metadata" => Admin.Post($"/v1/identity/entity/id/{known.Id}", new { metadata = new { team = "blue" } }),
            "alias" => Admin.Post(
                $"/v1/identity/entity-alias/id/{known.AliasId}",
                new { name = Fresh("other"), canonical_id = known.Id, mount_accessor = known.Accessor }),
            "custom" => Admin.Post(
                $"/v1/identity/entity-alias/id/{known.AliasId}",
                new
                {
                    name = known.Alias,
                    canonical_id = known.Id,
                    mount_accessor = known.Accessor,
                    custom_metadata = new { room = "attic" },
                }),
            "alias gone" => Admin.Delete($"/v1/identity/entity-alias/id/{known.AliasId}"),
            "group" => Admin.Post($"/v1/identity/group/id/{known.GroupId}", new { name = Fresh("other") }),
            _ => Admin.Post($"/v1/identity/group/id/{known.GroupId}", new { member_entity_ids = Array.Empty<string>() }),
        });

        Assert.That(await Capabilities(token, $"t/{before}"), Is.EqualTo("deny"));
    }

    [Test]
    public async Task An_alias_that_expires_is_no_value_of_a_template_any_more()
    {
        var known = await Entity();
        var policy = await Policy(
            $$$"""path "t/{{identity.entity.aliases.{{{known.Accessor}}}.name}}" { capabilities = ["read"] }""", Fresh("expiring"));
        using var token = await Token(policy, known.Alias);
        Assert.That(await Capabilities(token, $"t/{known.Alias}"), Is.EqualTo("read"));

        // The row is changed past the product, so that nothing is announced: the time alone must end what is remembered from here on.
        await _gateways.First.Execute(
            "UPDATE identity.entity_aliases SET expires_at = now() + interval '2 seconds' WHERE id = @Id",
            new { Id = Guid.Parse(known.AliasId) });
        await Policy("""path "x" { capabilities = ["read"] }""", Fresh("unrelated"));
        await Eventually.True(
            async () => await Capabilities(token, $"t/{known.Alias}") == "deny", "an alias that has expired still gives its value");
    }

    [Test]
    public async Task What_is_remembered_of_one_is_nothing_of_another()
    {
        var (one, other) = (await Entity(), await Entity());
        var policy = await Policy("""path "t/{{identity.entity.name}}" { capabilities = ["read"] }""", Fresh("own"));
        using var first = await Token(policy, one.Alias);
        using var second = await Token(policy, other.Alias);
        for (var round = 0; round < 2; round++)
        {
            Assert.That(await Capabilities(first, $"t/{one.Name}"), Is.EqualTo("read"));
            Assert.That(await Capabilities(first, $"t/{other.Name}"), Is.EqualTo("deny"));
            Assert.That(await Capabilities(second, $"t/{other.Name}"), Is.EqualTo("read"));
            Assert.That(await Capabilities(second, $"t/{one.Name}"), Is.EqualTo("deny"));
        }
    }

    [Test]
    public async Task Policies_of_one_organization_are_nothing_in_another_of_the_same_names()
    {
        var (admin, token) = await Organization("same-name");
        using (admin)
        using (token)
        {
            await Policy("""path "a" { capabilities = ["read"] }""", "same-name");
            using var own = await Token("same-name");
            Assert.That(await Capabilities(own, "a"), Is.EqualTo("read"));
            Assert.That(await Capabilities(token, "a"), Is.EqualTo("deny"));
        }
    }

    [Test]
    public async Task What_takes_much_room_is_read_at_each_use()
    {
        var rules = Enumerable.Range(0, 100).Select(i => $$"""path "large/{{i}}" { capabilities = ["read"] }""");
        using var token = await Token(await Policy(string.Join('\n', rules), Fresh("large")));
        Assert.That(await Capabilities(token, "large/7"), Is.EqualTo("read"));
        var reads = Reads;
        Assert.That(await Capabilities(token, "large/7"), Is.EqualTo("read"));
        Assert.That(Reads, Is.GreaterThan(reads));
        Assert.That(KnownAcls.Capacity * KnownAcls.MostBytes, Is.LessThanOrEqualTo(64 * 1024 * 1024));
    }

    private string Fresh(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    private async Task<string> Policy(string text, string name)
    {
        await Good(Admin.Post($"/v1/sys/policies/acl/{name}", new { policy = text }));
        return name;
    }

    /// <summary>A caller of the second gateway.</summary>
    private async Task<HttpClient> Token(string policy, string? alias = null)
    {
        var path = "/v1/auth/token/create";
        if (alias is not null)
        {
            await Good(Admin.Post("/v1/auth/token/roles/of-entities", new { allowed_entity_aliases = "*", allowed_policies_glob = "*" }));
            path += "/of-entities";
        }

        var made = await Good(Admin.Post(path, new { policies = new[] { policy }, entity_alias = alias ?? "", ttl = "1h" }));
        return _gateways.Second.As(made["auth"].GetProperty("client_token").GetString()!);
    }

    private async Task<(HttpClient Admin, HttpClient Token)> Organization(string policy = "default")
    {
        var (_, admin) = await _gateways.First.CreateOrganization(Fresh("org"));
        var made = await Good(admin.Post("/v1/auth/token/create", new { policies = new[] { policy }, ttl = "1h" }));
        return (admin, _gateways.Second.As(made["auth"].GetProperty("client_token").GetString()!));
    }

    private async Task<Known> Entity()
    {
        var (name, alias, group) = (Fresh("entity"), Fresh("alias"), Fresh("group"));
        var made = await Good(Admin.Post("/v1/identity/entity", new { name, metadata = new { team = "red" } }));
        var id = made["data"].GetProperty("id").GetString()!;
        var mounts = await Good(Admin.Get("/v1/sys/auth"));
        var accessor = mounts["data"].GetProperty("token/").GetProperty("accessor").GetString()!;
        var held = await Good(Admin.Post(
            "/v1/identity/entity-alias",
            new { name = alias, canonical_id = id, mount_accessor = accessor, custom_metadata = new { room = "cellar" } }));
        var grouped = await Good(Admin.Post("/v1/identity/group", new { name = group, member_entity_ids = new[] { id } }));
        return new Known(
            id, name, alias, held["data"].GetProperty("id").GetString()!, accessor, group, grouped["data"].GetProperty("id").GetString()!);
    }

    private static async Task<string> Capabilities(HttpClient token, string path)
    {
        var reply = await Good(token.Post("/v1/sys/capabilities-self", new { paths = new[] { path } }));
        return string.Join(',', reply["data"].GetProperty(path).EnumerateArray().Select(one => one.GetString()));
    }

    private static async Task<Reply> Good(Task<Reply> call)
    {
        var reply = await call;
        Assert.That(
            reply.Response.IsSuccessStatusCode, Is.True, () => reply.Body.ValueKind == JsonValueKind.Undefined ? $"{reply.Status}" : $"{reply.Body}");
        return reply;
    }

    private sealed record Known(string Id, string Name, string Alias, string AliasId, string Accessor, string Group, string GroupId);
}
