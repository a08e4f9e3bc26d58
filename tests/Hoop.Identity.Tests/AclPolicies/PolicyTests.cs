using System.Net;
using System.Text;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.AclPolicies;

/// <summary>sys/policies/acl, sys/policy, sys/policies/explain and sys/capabilities-self for callers with a role.</summary>
public sealed class PolicyTests : IdentityFixture
{
    private const string Text = """path "a/*" { capabilities = ["read"] }""";

    [Test]
    public async Task A_policy_is_written_read_listed_and_deleted([Values("/v1/sys/policies/acl", "/v1/sys/policy")] string path)
    {
        var name = $"crud-{Guid.NewGuid():N}";
        var (member, verb) = path.EndsWith("acl", StringComparison.Ordinal) ? ("policy", "LIST") : ("rules", "GET");

        Assert.That((await Admin.Put($"{path}/{name}", new { policy = Text })).Status, Is.EqualTo(HttpStatusCode.NoContent));
        var read = (await Admin.Get($"{path}/{name}"))["data"];
        Assert.That(read.GetProperty("name").GetString(), Is.EqualTo(name));
        Assert.That(read.GetProperty(member).GetString(), Is.EqualTo(Text));
        Assert.That(await Names(verb, path), Does.Contain(name));

        Assert.That((await Admin.Delete($"{path}/{name}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        var gone = await Admin.Get($"{path}/{name}");
        Assert.That((gone.Status, ErrorsOf(gone)), Is.EqualTo((HttpStatusCode.NotFound, Array.Empty<string>())));
        Assert.That((await Admin.Delete($"{path}/{name}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await Gateway.AuditOf("acl_policy"), Is.Not.Empty);
    }

    [Test]
    public async Task The_old_path_repeats_its_members_on_top_level()
    {
        var read = await Admin.Get("/v1/sys/policy/default");
        Assert.That(read.Text("rules"), Is.EqualTo(read["data"].GetProperty("rules").GetString()));
        var list = await Admin.Get("/v1/sys/policy");
        Assert.That(list["policies"].ToString(), Is.EqualTo(list["data"].GetProperty("keys").ToString()));
    }

    [Test]
    public async Task Root_and_default_are_there_from_the_start_and_stay()
    {
        Assert.That((await Names("LIST", "/v1/sys/policies/acl"))[^1], Is.EqualTo("root"));
        Assert.That(await Names("LIST", "/v1/sys/policies/acl"), Does.Contain("default"));
        Assert.That((await Admin.Get("/v1/sys/policies/acl/root"))["data"].GetProperty("policy").GetString(), Is.Empty);
        Assert.That(
            (await Admin.Get("/v1/sys/policies/acl/default"))["data"].GetProperty("policy").GetString(), Does.Contain("auth/token/lookup-self"));

        Assert.That(ErrorsOf(await Admin.Put("/v1/sys/policies/acl/ROOT", new { policy = Text })), Is.EqualTo(new[] { "cannot update \"root\" policy" }));
        Assert.That(ErrorsOf(await Admin.Delete("/v1/sys/policies/acl/root")), Is.EqualTo(new[] { "cannot delete \"root\" policy" }));
        Assert.That(ErrorsOf(await Admin.Delete("/v1/sys/policies/acl/default")), Is.EqualTo(new[] { "cannot delete \"default\" policy" }));
    }

    [Test]
    public async Task The_name_ignores_case_and_the_text_may_be_base64()
    {
        await Admin.Put("/v1/sys/policies/acl/Mixed-Case", new { policy = Convert.ToBase64String(Encoding.UTF8.GetBytes(Text)) });
        Assert.That((await Admin.Get("/v1/sys/policies/acl/mixed-case"))["data"].GetProperty("policy").GetString(), Is.EqualTo(Text));
    }

    [TestCase(null, "'policy' parameter not supplied or empty")]
    [TestCase("", "'policy' parameter not supplied or empty")]
    [TestCase("path \"a\" { capabilities = [\"wirte\"] }", "failed to parse policy: line 1, column 28: path \"a\": invalid capability 'wirte'")]
    [Description("I2, I3")]
    public async Task What_is_no_policy_is_refused_and_not_stored(string? text, string error)
    {
        var reply = await Admin.Put("/v1/sys/policies/acl/refused", new { policy = text });
        Assert.That((reply.Status, ErrorsOf(reply)[0]), Is.EqualTo((HttpStatusCode.BadRequest, error)));
        Assert.That((await Admin.Get("/v1/sys/policies/acl/refused")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    [Description("I1: the warning comes with the answer")]
    public async Task A_deny_that_never_acts_is_stored_with_a_warning()
    {
        var reply = await Admin.Put(
            "/v1/sys/policies/acl/lost",
            new { policy = "path \"a/*\" { capabilities = [\"read\"] }\npath \"a/+/private/*\" { capabilities = [\"deny\"] }" });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            reply["warnings"][0].GetString(),
            Is.EqualTo("the deny on \"a/+/private/*\" (line 2) never acts: \"a/*\" (line 1) matches all that it matches, and has the higher priority"));

        var why = (await Admin.Post(
            "/v1/sys/policies/explain", new { path = "a/x/private/y", operation = "read", policies = new[] { "lost" } }))["data"];
        Assert.Multiple(() =>
        {
            Assert.That(why.GetProperty("allowed").GetBoolean());
            Assert.That(why.GetProperty("reason").GetString(), Is.EqualTo("\"a/*\" grants read"));
            Assert.That(why.GetProperty("rule").GetProperty("sources")[0].GetProperty("policy").GetString(), Is.EqualTo("lost"));
            Assert.That(why.GetProperty("others")[0].GetProperty("path").GetString(), Is.EqualTo("a/+/private/*"));
        });
    }

    [Test]
    public async Task Another_organization_s_policies_are_its_own()
    {
        await Admin.Put("/v1/sys/policies/acl/mine", new { policy = Text });
        Assert.That((await Stranger.Get("/v1/sys/policies/acl/mine")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        await Stranger.Delete("/v1/sys/policies/acl/mine");
        Assert.That((await Admin.Get("/v1/sys/policies/acl/mine")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Capabilities_of_callers_with_a_role()
    {
        Assert.That(await Capabilities(Admin), Is.EqualTo("""["root"]"""));
        Assert.That(await Capabilities(Auditor), Is.EqualTo("""["list","read"]"""));
        Assert.That(await Capabilities(Standard), Is.EqualTo("""["deny"]"""));

        static async Task<string> Capabilities(HttpClient client)
        {
            var reply = await client.Post("/v1/sys/capabilities-self", new { paths = new[] { "identity/entity/id" } });
            Assert.That(reply["capabilities"].ToString(), Is.EqualTo(reply["data"].GetProperty("identity/entity/id").ToString()));
            return reply["data"].GetProperty("capabilities").ToString();
        }
    }

    [Test]
    public async Task Asking_for_no_path_is_told() =>
        Assert.That(ErrorsOf(await Admin.Post("/v1/sys/capabilities-self", new { })), Is.EqualTo(new[] { "paths must be supplied" }));

    [Test]
    public async Task A_text_is_checked_and_not_kept()
    {
        const string Checked = """
            path "a/*" { capabilities = ["read"] }
            path "a/+/x/*" { capabilities = ["deny"] }
            """;
        var good = (await Auditor.Post("/v1/sys/policies/check", new { policy = Checked }))["data"];
        var encoded = (await Admin.Put(
            "/v1/sys/policies/check", new { policy = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Checked)) }))["data"];
        var bad = (await Auditor.Post("/v1/sys/policies/check", new { policy = Checked + "\npath \"a/*\" {}" }))["data"];

        Assert.That(encoded.GetRawText(), Is.EqualTo(good.GetRawText()));
        Assert.That(good.GetProperty("valid").GetBoolean());
        Assert.That(good.GetProperty("problem").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That((good.GetProperty("paths").GetInt32(), good.GetProperty("warnings").GetArrayLength()), Is.EqualTo((2, 1)));
        Assert.That(bad.GetProperty("valid").GetBoolean(), Is.False);
        Assert.That(bad.GetProperty("problem").GetString(), Does.Contain("line 3, column 1").And.Contain("given twice (first on line 1)"));
        Assert.That((await Admin.Post("/v1/sys/policies/check", new { })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Standard.Post("/v1/sys/policies/check", new { policy = Checked })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Admin.Get("/v1/sys/policies/acl/checked")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<string[]> Names(string verb, string path) =>
        [.. (await Admin.Send(new HttpMethod(verb), path))["data"].GetProperty("keys").EnumerateArray().Select(key => key.GetString()!)];
}
