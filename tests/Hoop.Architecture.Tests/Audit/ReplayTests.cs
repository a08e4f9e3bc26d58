using Hoop.Architecture.Tests.Routes;
using Hoop.Shared;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>
/// Random operations over the whole API, and then the state as the trail tells it against the tables. A deletion by cascade without
/// its row would show.
/// </summary>
[Description("B9, U1")]
public sealed class ReplayTests
{
    private const int Operations = 250;

    private const string MembersSql = """
        SELECT group_id::text || ' ' || entity_id FROM identity.group_entities WHERE org_id = @Id
        UNION ALL SELECT parent_id::text || ' ' || child_id FROM identity.group_groups WHERE org_id = @Id
        """;

    private static readonly (string Type, string[] Names, string Sql)[] Kinds =
    [
        ("agent", ["name"], "SELECT id::text, json_build_object('name', name)::text FROM spiffe.agents WHERE org_id = @orgId"),
        ("spiffe_mapping", ["trust_domain", "match", "target", "groups"],
            """
            SELECT id::text, json_build_object('trust_domain', trust_domain, 'match', coalesce(spiffe_id, spiffe_prefix || '*'),
              'target', coalesce(agent_id::text, agent_template), 'groups', groups)::text
            FROM spiffe.mappings WHERE org_id = @orgId
            """),
        ("trust_domain", ["name", "bundle_url", "bundle_inline", "refresh_seconds"],
            """
            SELECT id::text, json_build_object('name', name, 'bundle_url', bundle_url,
              'bundle_inline', bundle_jwks IS NOT NULL, 'refresh_seconds', refresh_seconds)::text
            FROM spiffe.trust_domains WHERE org_id = @orgId
            """),
        ("connection", ["name", "type", "subtype", "agent_id"],
            """
            SELECT id::text, json_build_object('name', name, 'type', type, 'subtype', subtype, 'agent_id', agent_id)::text
            FROM federation.connections WHERE org_id = @orgId
            """),
        ("federation_policy", ["identity_target_template", "fallback_policy", "readonly_principal", "token_ttl_seconds"],
            """
            SELECT connection_id::text, json_build_object('identity_target_template', identity_target_template,
              'fallback_policy', fallback_policy,
              'readonly_principal', readonly_principal, 'token_ttl_seconds', token_ttl_seconds)::text
            FROM federation.policies WHERE org_id = @orgId
            """),
        ("service_account", ["name", "status", "groups"],
            """
            SELECT subject, json_build_object('name', name, 'status', status, 'groups', groups)::text
            FROM service_accounts.accounts WHERE org_id = @orgId
            """),
        ("api_token", ["name", "groups"],
            "SELECT id::text, json_build_object('name', name, 'groups', groups)::text FROM identity.api_tokens WHERE org_id = @orgId AND NOT is_operator"),
        ("entity", ["name"], "SELECT id::text, json_build_object('name', name)::text FROM identity.entities WHERE org_id = @orgId"),
        ("entity_alias", ["canonical_id"],
            "SELECT id::text, json_build_object('canonical_id', entity_id)::text FROM identity.entity_aliases WHERE org_id = @orgId"),
        ("group", ["name"], "SELECT id::text, json_build_object('name', name)::text FROM identity.groups WHERE org_id = @orgId"),
        ("group_alias", ["canonical_id"],
            "SELECT id::text, json_build_object('canonical_id', group_id)::text FROM identity.group_aliases WHERE org_id = @orgId"),
        ("merged_entity", ["entity_id"],
            "SELECT id::text, json_build_object('entity_id', entity_id)::text FROM identity.merged_entities WHERE org_id = @orgId"),
        ("feature_flag", ["enabled"],
            "SELECT name, json_build_object('enabled', enabled)::text FROM identity.feature_flags WHERE org_id = @orgId"),
    ];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(null)]
    public async Task The_trail_rebuilds_the_state(int? seed)
    {
        var chosen = seed ?? Environment.TickCount;
        TestContext.Out.WriteLine($"seed {chosen}");
        await using var tenants = await Tenants.Start();
        var work = new RandomWork(tenants.Callers["operator"], new Random(chosen));
        await work.Run(Operations);
        TestContext.Out.WriteLine(work.Summary);

        var rows = await tenants.Gateway.Query<(string, string, string?, string)>(
            """
            SELECT resource_type, action, resource_id, fields::text FROM identity.audit_events
            WHERE org_id = @Id AND outcome = 'success'
            ORDER BY id
            """,
            new { DefaultOrganization.Id });
        var trail = Trail.Replay(rows);
        Assert.That(work.Cascades, Is.Positive, "the work had cascades in it");
        Assert.That(
            trail.Members.Order(StringComparer.Ordinal),
            Is.EqualTo(
                (await tenants.Gateway.Query<string>(MembersSql, new { DefaultOrganization.Id })).Order(StringComparer.Ordinal)),
            "members of groups");
        foreach (var (type, names, sql) in Kinds)
        {
            Assert.That(trail.Of(type, names), Is.EqualTo(await Tables.Of(tenants.Gateway, sql, DefaultOrganization.Id, names)), type);
        }
    }

    [Test]
    public void A_deletion_without_its_row_is_found()
    {
        var trail = Trail.Replay(
        [
            ("agent", "create", "a", """{"name": "one"}"""), ("agent", "create", "b", """{"name": "two"}"""), (
                "agent", "update", "b", """{"name": "three"}"""),
            ("agent", "delete", "a", "{}"), ("entity", "create", "c", """{"name": "x"}"""), (
                "entity", "delete", null, """{"ids": ["c"]}"""),
        ]);

        Assert.That(trail.Of("agent", "name"), Is.EqualTo(new[] { "b: name=\"three\"" }));
        Assert.That(trail.Of("entity", "name"), Is.Empty);
    }
}
