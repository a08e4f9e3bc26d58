using System.Net;
using System.Text.Json;
using Hoop.Identity.AccessRules;
using Hoop.Identity.AclPolicies;
using Hoop.Identity.Tokens;
using Hoop.Identity.Vault;
using Hoop.Shared.Http;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.AccessRules;

/// <summary>
/// allowed_parameters and denied_parameters are about the values that the handler will use, whichever way a request spells them.
/// </summary>
public sealed class ParameterTests : IdentityFixture
{
    private static readonly VaultFields Fields =
    [
        VaultField.Text("name", ""),
        VaultField.List("policies", ""),
        VaultField.Flag("no_parent", ""),
        VaultField.Pairs("meta", ""),
        VaultField.Seconds("ttl", ""),
        VaultField.Seconds("lease", "") with { OldNameOf = "ttl" },
        VaultField.Number("num_uses", ""),
    ];

    [TestCase("""{ "policies": "team-a" }""", true)]
    [TestCase("""{ "policies": ["team-a", "team-b"] }""", true)]
    [TestCase("""{ "policies": " team-a , team-b " }""", true)]
    [TestCase("""{ "policies": "team-a,admin" }""", false, Description = "a pattern is not passed by what stands behind a comma")]
    [TestCase("""{ "policies": ["team-a,admin"] }""", false, Description = "one text in an array is split as well")]
    [TestCase("""{ "policies": ["team-a", "admin"] }""", false)]
    [TestCase("""{ "policies": [] }""", false)]
    [TestCase("""{ "policies": { "team-a": 1 } }""", false, Description = "what cannot be read is no value that is allowed")]
    [TestCase("""{ "no_parent": false }""", true)]
    [TestCase("""{ "no_parent": "0" }""", true)]
    [TestCase("""{ "no_parent": "F" }""", true)]
    [TestCase("""{ "no_parent": "true" }""", false)]
    [TestCase("""{ "no_parent": 1 }""", false)]
    [TestCase("""{ "ttl": "1h" }""", true)]
    [TestCase("""{ "ttl": 3600 }""", true)]
    [TestCase("""{ "ttl": "60m" }""", true)]
    [TestCase("""{ "ttl": "1d" }""", false)]
    [TestCase("""{ "lease": "1d" }""", false, Description = "the old name of a field is held by what is said of the new one")]
    [TestCase("""{ "lease": "3600" }""", true)]
    [TestCase("""{ "num_uses": "5" }""", true)]
    [TestCase("""{ "num_uses": 5.0 }""", false)]
    [TestCase("""{ "num_uses": 6 }""", false)]
    [TestCase("""{ "meta": { "team": "a" } }""", true)]
    [TestCase("""{ "meta": ["team=a"] }""", true)]
    [TestCase("""{ "meta": "team=a" }""", true)]
    [TestCase("""{ "meta": { "team": "a", "role": "admin" } }""", false)]
    [TestCase("""{ "meta": ["team=a", "role=admin"] }""", false)]
    public void A_rule_that_allows_values_is_about_what_is_read(string fields, bool expected)
    {
        var rules = Rules("""
            allowed_parameters = {
              "policies" = ["team-*"], "no_parent" = [false], "ttl" = ["1h"], "num_uses" = [5], "meta" = ["team=*"]
            }
            """);
        Assert.That(Allows(rules, fields), Is.EqualTo(expected));
    }

    [TestCase("""{ "policies": "other" }""", true)]
    [TestCase("""{ "policies": "other,admin" }""", false)]
    [TestCase("""{ "policies": ["other,admin"] }""", false)]
    [TestCase("""{ "policies": [" ADMIN "] }""", false, Description = "names are folded when they are stored")]
    [TestCase("""{ "name": "ROOT-user" }""", false)]
    [TestCase("""{ "name": "rooted" }""", true)]
    [TestCase("""{ "no_parent": true }""", false)]
    [TestCase("""{ "no_parent": "t" }""", false)]
    [TestCase("""{ "no_parent": 1 }""", false)]
    [TestCase("""{ "no_parent": "1" }""", false)]
    [TestCase("""{ "no_parent": false }""", true)]
    [TestCase("""{ "ttl": "24h" }""", false)]
    [TestCase("""{ "ttl": 86400 }""", false)]
    [TestCase("""{ "ttl": "1d" }""", false)]
    [TestCase("""{ "lease": "1440m" }""", false)]
    [TestCase("""{ "ttl": "soon" }""", false, Description = "what cannot be read is not known to be allowed")]
    [TestCase("""{ "meta": { "role": "admin" } }""", false)]
    [TestCase("""{ "meta": ["role=admin"] }""", false)]
    [TestCase("""{ "meta": { "role": "other" } }""", true)]
    [TestCase("""{ "num_uses": "00" }""", false)]
    public void A_rule_that_denies_values_is_about_what_is_read(string fields, bool expected)
    {
        var rules = Rules("""
            denied_parameters = {
              "policies" = ["admin"], "name" = ["root-*"], "no_parent" = [true], "ttl" = ["24h"], "meta" = ["role=admin"], "num_uses" = [0]
            }
            """);
        Assert.That(Allows(rules, fields), Is.EqualTo(expected));
    }

    [Test]
    public void Of_two_names_of_one_field_each_may_have_a_rule_and_both_hold()
    {
        var rules = Rules("""allowed_parameters = { "*" = [], "ttl" = ["1h", "2h"], "lease" = ["1h"] }""");
        Assert.Multiple(() =>
        {
            Assert.That(Allows(rules, """{ "ttl": "1h", "name": "any" }"""));
            Assert.That(Allows(rules, """{ "lease": "1h" }"""));
            Assert.That(Allows(rules, """{ "lease": "2h" }"""), Is.False);
            Assert.That(Allows(rules, """{ "lease": "3h" }"""), Is.False);
        });
    }

    [Test]
    public async Task No_spelling_of_a_token_s_policies_passes_a_rule_about_them()
    {
        await Admin.Put("/v1/sys/policies/acl/parts", new
        {
            policy = """
                path "auth/token/create" {
                  capabilities = ["update", "sudo"]
                  allowed_parameters = { "policies" = ["team-*"], "ttl" = ["1h"] }
                }
                """,
        });
        var made = await Admin.Post("/v1/auth/token/create", new { policies = "parts" });
        using var holder = Gateway.As(made["auth"].GetProperty("client_token").GetString()!);

        Assert.Multiple(async () =>
        {
            Assert.That((await Try("""{ "policies": "team-a" }""")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await Try("""{ "policies": ["team-a", "TEAM-B"] }""")).Status, Is.EqualTo(HttpStatusCode.Forbidden), "case");
            foreach (var body in new[]
            {
                """{ "policies": "team-a,admin" }""", """{ "policies": ["team-a,admin"] }""", """{ "policies": ["team-a", "admin"] }""",
                """{ "policies": "team-a", "lease": "99h" }""", """{ "policies": "team-a", "ttl": "2h" }""",
            })
            {
                Assert.That((await Try(body)).Status, Is.EqualTo(HttpStatusCode.Forbidden), body);
            }

            using var form = new FormUrlEncodedContent([new("policies", "team-a"), new("policies", "admin")]);
            using var answer = await holder.PostAsync(new Uri("/v1/auth/token/create", UriKind.Relative), form);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), "a form with two values");
        });

        Task<Reply> Try(string body) => SendRaw(
            holder, HttpMethod.Post, "/v1/auth/token/create", System.Text.Encoding.UTF8.GetBytes(body), "application/json");
    }

    [Test]
    public void Every_old_name_of_a_field_stands_beside_its_new_one()
    {
        VaultFields[] all = [CreateToken.Fields, SetTokenRole.Fields, SetPolicy.Fields, GetCapabilities.Fields];
        var old = all.SelectMany(
            fields => fields.All.Where(field => field.OldNameOf is not null).Select(field => (fields, field))).ToArray();
        Assert.That(old, Is.Not.Empty);
        Assert.That(old, Has.All.Matches<(VaultFields Fields, VaultField Field)>(
            one => one.Fields.Find(one.Field.OldNameOf!) is { } today && today.Kind == one.Field.Kind));
    }

    [Test]
    public void Names_and_values_of_parameters_are_bounded()
    {
        string Text(int values) =>
            $$"""path "x" { allowed_parameters = { "p" = [{{string.Join(',', Enumerable.Repeat("1", values))}}] } }""";
        Assert.That(PolicyDocument.Parse("p", Text(PolicyDocument.MaxParameters - 1), out var none), Is.Not.Null, none);
        Assert.That(PolicyDocument.Parse("p", Text(PolicyDocument.MaxParameters), out var problem), Is.Null);
        Assert.That(problem, Does.EndWith("more than 4096 names and values of parameters in one policy"));
    }

    [Test]
    public void What_is_remembered_of_policies_is_bounded_by_what_it_takes_and_not_by_its_text()
    {
        var (book, most) = (new PolicyBook(), 0L);
        for (var i = 0; i < 100; i++)
        {
            // Short texts that are much when they are read.
            var values = string.Join(',', Enumerable.Repeat("1", 4000));
            Assert.That(book.Rules($"p{i}", $$"""path "x{{i}}" { allowed_parameters = { "p" = [{{values}}] } }"""), Has.Count.EqualTo(1));
            Assert.That(book.Bytes, Is.GreaterThan(i == 0 ? 1_000_000 : 0));
            most = Math.Max(most, book.Bytes);
        }

        Assert.That(most, Is.InRange(32 * 1024 * 1024, 64 * 1024 * 1024));
    }

    private static ParameterRules Rules(string parameters)
    {
        var document = PolicyDocument.Parse("p", $$"""path "x" { {{parameters}} }""", out var problem);
        Assert.That(problem, Is.Null);
        return document!.Rules[0].Parameters;
    }

    // As a request is judged: the fields of the body, read by the route's declarations.
    private static bool Allows(ParameterRules rules, string fields) =>
        ParameterCheck.Allows(
            rules,
            JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(fields)!.ToDictionary(
                field => field.Key, field => VaultValue.Of(field.Value)),
            Fields);
}
