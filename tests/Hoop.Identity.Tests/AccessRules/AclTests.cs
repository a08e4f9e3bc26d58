using System.Text.Json;
using Hoop.Identity.AccessRules;
using Hoop.Identity.Vault;
using Hoop.Shared.Http;
using NUnit.Framework;

namespace Hoop.Identity.Tests.AccessRules;

/// <summary>Which rule decides: Vault's rules of priority, as its documentation lists them.</summary>
public sealed class AclTests
{
    [TestCase("secret/foo", "secret/foo", true, TestName = "An exact path is itself")]
    [TestCase("secret/foo", "secret/foo/bar", false, TestName = "An exact path is nothing below it")]
    [TestCase("secret/foo", "secret/food", false, TestName = "An exact path is no prefix")]
    [TestCase("secret/*", "secret/a/b", true, TestName = "A star at the end stands for any depth")]
    [TestCase("secret/*", "secret/", true, TestName = "A star at the end stands for nothing too")]
    [TestCase("secret/*", "secret", false, TestName = "The slash before a star counts")]
    [TestCase("secret/zip-*", "secret/zip-zap/zong", true, TestName = "A star after a part of a segment")]
    [TestCase("secret/*/team", "secret/x/team", false, TestName = "A star inside means itself")]
    [TestCase("secret/*/team", "secret/*/team", true, TestName = "A star inside means itself, and matches itself")]
    [TestCase("secret/+/team", "secret/x/team", true, TestName = "A plus is one segment")]
    [TestCase("secret/+/team", "secret/x/y/team", false, TestName = "A plus is not two segments")]
    [TestCase("secret/+/team", "secret/x/team/more", false, TestName = "A path with a plus ends where it ends")]
    [TestCase("secret/+/team/*", "secret/x/team/more", true, TestName = "A plus and a star")]
    [TestCase("secret/+/te*", "secret/x/team/more", true, TestName = "A plus and a star after a part of a segment")]
    [TestCase("+", "secret", true, TestName = "A plus alone is one segment")]
    [TestCase("+", "secret/x", false, TestName = "A plus alone is not two")]
    [TestCase("+/+/x", "a/b/x", true, TestName = "Plusses at the front")]
    [TestCase("secret/+x/y", "secret/ax/y", false, TestName = "A plus that is no whole segment means itself")]
    [TestCase("*", "anything/at/all", true, TestName = "A star alone is everything")]
    public void Matching(string pattern, string path, bool expected) =>
        Assert.That(new PathPattern(pattern).Matches(path), Is.EqualTo(expected));

    [TestCase("secret/foo", "secret/*", "secret/foo", TestName = "Exact before a prefix")]
    [TestCase("secret/foo", "secret/+", "secret/foo", TestName = "Exact before a plus")]
    [TestCase("secret/foo/*", "secret/*", "secret/foo/x", TestName = "The longest prefix")]
    [TestCase("foo/a*", "foo/+", "foo/ab", TestName = "1. The first wildcard stands later: foo/a* before foo/+")]
    [TestCase("foo/bar/+/baz", "foo/+/bar/baz", "foo/bar/bar/baz", TestName = "1. The first wildcard stands later: foo/bar/+/baz")]
    [TestCase("foo/+/bar", "foo/+/ba*", "foo/x/bar", TestName = "2. No star at the end: foo/+/bar before foo/+/ba*")]
    [TestCase("foo/+", "foo/*", "foo/x", TestName = "2. No star at the end: foo/+ before foo/*")]
    [TestCase("foo/+/bar/baz", "foo/+/+/baz", "foo/x/bar/baz", TestName = "3. Fewer plusses")]
    [TestCase("foo/*", "foo/+/private/*", "foo/x/private/y", TestName = "3. Fewer plusses: a prefix before a plus with a star (I1)")]
    [TestCase("foo/+/bar/ba*", "foo/+/bar/b*", "foo/x/bar/baz", TestName = "4. The longer")]
    [TestCase("foo/+/b/+", "foo/+/+/a", "foo/x/b/a", TestName = "5. Byte order")]
    public void Priority(string wins, string loses, string path)
    {
        foreach (var rules in new[] { new[] { wins, loses }, [loses, wins] })
        {
            var acl = AclOf(string.Join('\n', rules.Select(rule => $$"""path "{{rule}}" { capabilities = ["read"] }""")));
            Assert.That(acl.Ask(path, isList: false).Rule?.Pattern.Text, Is.EqualTo(wins));
        }
    }

    [Test]
    [Description("I1: deny wins among rules for one path, and nowhere else")]
    public void A_deny_wins_over_other_rules_for_its_path_and_loses_to_a_rule_of_higher_priority()
    {
        var same = new Acl(
            isRoot: false,
            [.. Rules("one", """path "a/*" { capabilities = ["read", "update"] }"""), .. Rules("two", """path "a/*" { capabilities = ["deny"] }""")],
            entity: null);
        Assert.That(same.Ask("a/x", isList: false).Names, Is.EqualTo(new[] { "deny" }));

        var lower = AclOf("""
            path "a/*" { capabilities = ["read"] }
            path "a/+/private/*" { capabilities = ["deny"] }
            """);
        Assert.That(lower.Ask("a/x/private/y", isList: false).Names, Is.EqualTo(new[] { "read" }));
    }

    [Test]
    public void Capabilities_of_several_policies_for_one_path_add_up()
    {
        var acl = new Acl(
            isRoot: false,
            [.. Rules("one", """path "a" { capabilities = ["read"] }"""), .. Rules("two", """path "a" { policy = "write" }""")],
            entity: null);
        Assert.That(acl.Ask("a", isList: false).Names, Is.EqualTo(new[] { "create", "delete", "list", "read", "update" }));
    }

    [TestCase("a/", "a", TestName = "A rule for the path with its slash")]
    [TestCase("a", "a", TestName = "A rule for the path without its slash")]
    [TestCase("a", "a/", TestName = "Asked with the slash")]
    [TestCase("a*", "a", TestName = "A prefix")]
    [TestCase("+", "a", TestName = "A plus")]
    public void A_list_is_allowed_by(string rule, string path) =>
        Assert.That(
            AclOf($$"""path "{{rule}}" { capabilities = ["list"] }""").Ask(path, isList: true).Grants(Capabilities.List));

    [Test]
    public void A_list_of_a_prefix_s_own_folder_needs_the_slash() =>
        Assert.That(
            AclOf("""path "a/*" { capabilities = ["list"] }""").Ask("a", isList: true).Grants(Capabilities.List), "a/ begins like a/");

    [Test]
    public void What_no_rule_matches_is_refused() =>
        Assert.That(AclOf("""path "a" { capabilities = ["read"] }""").Ask("b", isList: false).Names, Is.EqualTo(new[] { "deny" }));

    [Test]
    public void Templates_are_filled_with_the_entity_s_values()
    {
        var facts = new EntityFacts(
            Guid.CreateVersion7(), "alice", new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "blue", ["bad"] = "x/*" });
        var acl = new Acl(
            isRoot: false,
            Rules(
                "p",
                """
                path "kv/{{identity.entity.name}}/*" { capabilities = ["read"] }
                path "team/{{ identity.entity.metadata.team }}" { capabilities = ["read"] }
                path "gone/{{identity.entity.metadata.none}}" { capabilities = ["read"] }
                path "wild/{{identity.entity.metadata.bad}}" { capabilities = ["read"] }
                path "shut/*" { capabilities = ["read"] }
                path "shut/a/{{identity.entity.metadata.bad}}" { capabilities = ["deny"] }
                """),
            facts);
        Assert.Multiple(() =>
        {
            Assert.That(acl.Ask("kv/alice/x", isList: false).Grants(Capabilities.Read));
            Assert.That(acl.Ask("kv/bob/x", isList: false).Grants(Capabilities.Read), Is.False);
            Assert.That(acl.Ask("team/blue", isList: false).Grants(Capabilities.Read));
            Assert.That(acl.Ask("gone/", isList: false).Grants(Capabilities.Read), Is.False);
            Assert.That(acl.Ask("wild/x/y", isList: false).Grants(Capabilities.Read), Is.False, "a wildcard in a value grants nothing");
            Assert.That(acl.Ask("shut/a/x/y", isList: false).Names, Is.EqualTo(new[] { "deny" }), "a deny is closed when in doubt");
            Assert.That(acl.Ask("shut/b", isList: false).Grants(Capabilities.Read));
        });
    }

    [TestCase("a/b", TestName = "A slash in a value gives no other folder")]
    [TestCase("*", TestName = "A star as a value gives no prefix")]
    [TestCase("+", TestName = "A plus as a value gives no segment")]
    [TestCase("x+/", TestName = "A plus at the end of a value")]
    public void A_value_of_a_template_never_widens_a_rule(string value)
    {
        var facts = new EntityFacts(Guid.NewGuid(), value, new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = value });
        var acl = new Acl(
            isRoot: false,
            Rules(
                "p",
                """
                path "kv/{{identity.entity.name}}/*" { capabilities = ["read"] }
                path "team/{{identity.entity.metadata.team}}" { capabilities = ["read"] }
                path "open/*" { capabilities = ["read"] }
                path "open/shut/{{identity.entity.name}}/x" { capabilities = ["deny"] }
                """),
            facts);
        Assert.Multiple(() =>
        {
            foreach (var path in new[] { $"kv/{value}/x", "kv/a/b/x", "kv/a/x", "kv/y/x", $"team/{value}", "team/a", "team/a/b" })
            {
                Assert.That(acl.Ask(path, isList: false).Grants(Capabilities.Read), Is.False, path);
            }

            Assert.That(acl.Ask($"open/shut/{value}/x", isList: false).Names, Is.EqualTo(new[] { "deny" }));
            Assert.That(acl.Ask("open/other", isList: false).Grants(Capabilities.Read));
        });
    }

    [Test]
    public void A_name_in_a_template_stands_for_every_case_of_it_and_other_values_for_themselves()
    {
        var facts = new EntityFacts(Guid.NewGuid(), "Alice", new Dictionary<string, string>(StringComparer.Ordinal) { ["team"] = "Blue" });
        var acl = new Acl(
            isRoot: false,
            Rules(
                "p",
                """
                path "entity/{{identity.entity.name}}" { capabilities = ["read"] }
                path "team/{{identity.entity.metadata.team}}" { capabilities = ["read"] }
                path "all/*" { capabilities = ["read"] }
                path "all/{{identity.entity.metadata.team}}" { capabilities = ["deny"] }
                """),
            facts);
        Assert.Multiple(() =>
        {
            Assert.That(acl.Ask("entity/Alice", isList: false).Grants(Capabilities.Read));
            Assert.That(acl.Ask("entity/alice", isList: false).Grants(Capabilities.Read));
            Assert.That(acl.Ask("team/Blue", isList: false).Grants(Capabilities.Read));
            Assert.That(acl.Ask("team/blue", isList: false).Grants(Capabilities.Read), Is.False);
            Assert.That(acl.Ask("all/blue", isList: false).Names, Is.EqualTo(new[] { "deny" }));
            Assert.That(acl.Ask("all/Blue", isList: false).Names, Is.EqualTo(new[] { "deny" }));
        });
    }

    [TestCase("""{ "ttl": "1h" }""", true)]
    [TestCase("""{ "TTL": "1h" }""", true)]
    [TestCase("""{ "ttl": "2h" }""", false)]
    [TestCase("""{ "ttl": "1h", "policies": "a,b" }""", true)]
    [TestCase("""{ "ttl": "1h", "policies": ["a", "c"] }""", false)]
    [TestCase("""{ "ttl": "1h", "other": 1 }""", false)]
    [TestCase("""{ "policies": "a" }""", false)]
    [TestCase("""{ }""", false)]
    public void Parameters_are_held_to_what_the_rule_says(string fields, bool expected)
    {
        var rule = AclOf(
            """
            path "x" {
              capabilities = ["update"]
              required_parameters = ["ttl"]
              allowed_parameters = { "ttl" = ["1*"], "policies" = ["a", "b"] }
            }
            """).Ask("x", isList: false).Rule!;
        Assert.That(
            ParameterCheck.Allows(
                rule.Parameters,
                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(fields)!.ToDictionary(
                    field => field.Key, field => VaultValue.Of(field.Value)),
                [VaultField.Seconds("ttl", ""), VaultField.List("policies", "")]),
            Is.EqualTo(expected));
    }

    private static Acl AclOf(string text) => new(isRoot: false, Rules("p", text), entity: null);

    private static IReadOnlyList<PolicyRule> Rules(string name, string text)
    {
        var document = PolicyDocument.Parse(name, text, out var problem);
        Assert.That(problem, Is.Null);
        return document!.Rules;
    }
}
