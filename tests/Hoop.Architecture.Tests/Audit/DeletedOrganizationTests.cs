using System.Net;
using Hoop.Architecture.Tests.Routes;
using Hoop.Shared;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>A tenant goes with everything that any module keeps for it, and its trail is all that stays.</summary>
[Description("U17, B9")]
public sealed class DeletedOrganizationTests
{
    private Tenants _tenants = null!;

    private HttpClient Operator => _tenants.Gateway.Operator;

    [SetUp]
    public async Task Start() => _tenants = await Tenants.Start();

    [TearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    [Test]
    public async Task A_cascade_leaves_no_row_in_any_table_and_a_trail_that_says_so()
    {
        var (id, admin) = await _tenants.Gateway.CreateOrganization("leaving");
        await Furnish(id, admin);
        var other = await _tenants.Snapshot();
        Assert.That(await RowsOf(id), Has.None.EndsWith(" 0"), "every table of the product has a row: add the new one to Furnish");

        var deleted = await Operator.Delete($"/api/orgs/{id}?cascade=true");

        Assert.That((deleted.Status, deleted.Text("name")), Is.EqualTo((HttpStatusCode.OK, "leaving")));
        Assert.That(deleted["deleted_with_it"].GetRawText(), Is.EqualTo(
            """{"acl_policy":1,"agent":1,"api_token":3,"auth_mount":1,"connection":1,"entity":2,"entity_alias":1,"feature_flag":1,"federation_policy":1,"federation_principal":1,"group":2,"group_alias":1,"identity_token_role":1,"issuer":1,"login_config":1,"login_role":1,"organization_quotas":1,"person":1,"service_account":1,"service_account_rule":1,"session":1,"signing_key":1,"spiffe_mapping":2,"token_role":1,"trust_domain":1,"trust_domain_name":1,"vault_token":1}"""));
        Assert.That((await RowsOf(id)).Where(table => !table.EndsWith(" 0", StringComparison.Ordinal)), Is.Empty);
        Assert.That((await Operator.Get($"/api/orgs/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await admin.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _tenants.Snapshot()).Where(row => !row.StartsWith("identity.audit_events", StringComparison.Ordinal)),
            Is.EqualTo(other.Where(row => !row.StartsWith("identity.audit_events", StringComparison.Ordinal))), "of others nothing goes");
        Assert.That((await Trail(id)).Everything, Is.Empty, "what was made went on record");
    }

    [Test]
    public async Task Its_trail_is_the_operators_to_read_and_nobody_elses()
    {
        var (id, _) = await _tenants.Gateway.CreateOrganization("leaving");
        await Operator.Delete($"/api/orgs/{id}?cascade=true");
        var (heir, _) = await _tenants.Gateway.CreateOrganization("leaving");

        var trail = await Operator.Get($"/api/audit/logs?org_id={id}");

        Assert.That(
            trail["data"].EnumerateArray().Select(row => string.Join(
                ' ', new[] { "action", "resource_type", "actor_kind" }.Select(name => row.GetProperty(name).GetString()))),
            Is.EqualTo(new[] { "delete organization operator", "delete api_token operator", "create api_token operator" }));
        Assert.That(
            (await Operator.Get($"/api/audit/logs?resource_type=organization&action=delete&resource_id={id}"))["data"].GetArrayLength(),
            Is.EqualTo(1),
            "and the operator's own trail leads to it");
        foreach (var caller in new[] { "admin", "auditor", "stranger" })
        {
            var foreign = await _tenants.Callers[caller].Get($"/api/audit/logs?org_id={id}");
            var made_up = await _tenants.Callers[caller].Get($"/api/audit/logs?org_id={Guid.NewGuid()}");
            Assert.That(foreign.Status, Is.EqualTo(HttpStatusCode.Forbidden), caller);
            Assert.That(foreign.Body.GetRawText(), Is.EqualTo(made_up.Body.GetRawText()), caller);
        }

        Assert.That((await _tenants.Admin.Get($"/api/audit/logs?org_id={DefaultOrganization.Id}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Operator.Get("/api/audit/logs?org_id=leaving")).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(
            (await Operator.Get($"/api/audit/logs?org_id={heir}"))["data"].GetArrayLength(), Is.EqualTo(1),
                "a name is not an organization");
    }

    [Test]
    public async Task Without_a_cascade_it_goes_only_when_it_holds_nothing()
    {
        var (id, admin) = await _tenants.Gateway.CreateOrganization("kept");
        await Furnish(id, admin);
        var before = await RowsOf(id);

        var refused = await Operator.Delete($"/api/orgs/{id}");

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Conflict, "organization_not_empty")));
        Assert.That(refused.Message, Is.EqualTo(
            "organization \"kept\" holds 1 agent, 1 connection, 2 entities, 2 groups, 1 issuer, 1 person, 1 service account, 1 service account rule, 2 spiffe mappings, 1 trust domain: "
            + "delete them first, or delete them with it by ?cascade=true"));
        Assert.That(refused["holds"].GetRawText(), Is.EqualTo(
            """{"agent":1,"connection":1,"entity":2,"group":2,"issuer":1,"person":1,"service_account":1,"service_account_rule":1,"spiffe_mapping":2,"trust_domain":1}"""));
        Assert.That(await RowsOf(id), Is.EqualTo(before));

        var (empty, _) = await _tenants.Gateway.CreateOrganization("empty");
        Assert.That((await Operator.Delete($"/api/orgs/{empty}?cascade=false")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Operator.Delete($"/api/orgs/{empty}")).Status, Is.EqualTo(HttpStatusCode.NotFound), "once");
    }

    [Test]
    public async Task The_operators_own_one_never_goes_and_a_tenant_deletes_nobody()
    {
        var own = await Operator.Delete($"/api/orgs/{DefaultOrganization.Id}?cascade=true");
        Assert.That((own.Status, own.Code), Is.EqualTo((HttpStatusCode.Forbidden, "default_organization")));
        var (id, admin) = await _tenants.Gateway.CreateOrganization("itself");

        foreach (var caller in new[] { admin, _tenants.Admin, _tenants.Stranger, _tenants.Callers["agent"] })
        {
            Assert.That((await caller.Delete($"/api/orgs/{id}?cascade=true")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        using var inside = _tenants.Gateway.As(TestGateway.AdminToken);
        inside.DefaultRequestHeaders.Add("X-Vault-Namespace", "itself");
        var refused = await inside.Delete($"/api/orgs/{id}?cascade=true");
        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "namespace_not_taken")));
        Assert.That((await Operator.Get($"/api/orgs/{id}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task What_is_many_goes_in_rows_of_a_thousand()
    {
        var (id, admin) = await _tenants.Gateway.CreateOrganization("large");
        await _tenants.Gateway.Execute(
            """
            INSERT INTO identity.entities (id, org_id, name, name_key)
            SELECT gen_random_uuid(), @id, 'e' || n, 'e' || n FROM generate_series(1, 2500) AS n
            """,
            new { id });

        var deleted = await Operator.Delete($"/api/orgs/{id}?cascade=true");

        Assert.That(deleted["deleted_with_it"].GetProperty("entity").GetInt64(), Is.EqualTo(2500));
        var rows = await _tenants.Gateway.Query<int>(
            "SELECT jsonb_array_length(fields->'ids') FROM identity.audit_events WHERE org_id = @id AND resource_type = 'entity' ORDER BY id",
            new { id });
        Assert.That(rows, Is.EqualTo(new[] { 1000, 1000, 500 }));
    }

    [Test]
    public async Task Work_that_runs_meanwhile_leaves_nothing_behind()
    {
        var statuses = new SortedSet<int>();
        var ids = new List<Guid>();
        for (var round = 0; round < 6; round++)
        {
            var (id, admin) = await _tenants.Gateway.CreateOrganization($"racing-{round}");
            ids.Add(id);
            var gone = new TaskCompletionSource();
            var work = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
            {
                var seen = new List<int>();
                for (var n = 0; !gone.Task.IsCompleted; n++)
                {
                    seen.Add((int)(await Something(admin, $"w{worker}-{n}", (worker + n) % 4)).Status);
                }

                return seen;
            })).ToArray();
            await Eventually.True(
                async () => (await _tenants.Gateway.Query<long>(
                    "SELECT count(*) FROM identity.audit_events WHERE org_id = @id", new { id }))[0] > 20,
                "the work is under way");

            var deleted = await Operator.Delete($"/api/orgs/{id}?cascade=true");
            gone.SetResult();
            Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.ServiceUnavailable), deleted.Message);
            foreach (var seen in await Task.WhenAll(work))
            {
                statuses.UnionWith(seen);
            }

            if (deleted.Status == HttpStatusCode.ServiceUnavailable)
            {
                Assert.That((await Operator.Delete($"/api/orgs/{id}?cascade=true")).Status, Is.EqualTo(HttpStatusCode.OK));
            }

            Assert.That((await RowsOf(id)).Where(table => !table.EndsWith(" 0", StringComparison.Ordinal)), Is.Empty);
            Assert.That((await Trail(id)).Everything, Is.Empty, "and what was refused is not on record as done");
        }

        TestContext.Out.WriteLine(string.Join(", ", statuses));
        Assert.That(statuses, Is.SubsetOf(new[] { 200, 201, 204, 401, 403, 503 }));
    }

    [Test]
    public async Task A_command_does_not_wait_for_a_deletion()
    {
        var (id, admin) = await _tenants.Gateway.CreateOrganization("busy");
        await using var connection = await _tenants.Gateway.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = "SELECT FROM identity.organizations WHERE id = $1 FOR NO KEY UPDATE";
        hold.Parameters.Add(new NpgsqlParameter { Value = id });
        await hold.ExecuteNonQueryAsync();

        var refused = await admin.Post("/api/agents", new { name = "late" });

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(refused.Response.Headers.RetryAfter, Is.Not.Null);
        await transaction.RollbackAsync();
        Assert.That((await admin.Post("/api/agents", new { name = "late" })).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    private static Task<Reply> Something(HttpClient admin, string name, int kind) => kind switch
    {
        0 => admin.Post("/api/agents", new { name }),
        1 => admin.Post("/api/api-tokens", new { name, groups = new[] { "readers" } }),
        2 => admin.Post("/v1/identity/entity", new { name }),
        _ => admin.Post(
            "/api/spiffe-mappings",
            new { trust_domain = "racing.example", spiffe_id = $"spiffe://racing.example/{name}", agent_template = "x" }),
    };

    /// <summary>At least one row in every table that has an organization's rows; through the API where it makes them.</summary>
    private async Task Furnish(Guid id, HttpClient admin)
    {
        await Operator.Put("/api/trust-domain-names/leaving.example", new { org_id = id });
        await Operator.Put($"/api/orgs/{id}/quotas", new { agents = 5 });
        await Good(admin.Post("/api/trust-domains", new { name = "leaving.example", bundle_url = "https://bundles.example.com/leaving" }));
        await Good(admin.Post(
            "/api/issuers",
            new { issuer = "https://idp.example", audiences = new[] { "leaving" }, jwks_url = "https://idp.example/keys" }));
        await Good(admin.Post(
            "/api/serviceaccounts/rules",
            new { name = "one", issuer = "https://idp.example", conditions = new[] { new { claim = "sub", equals = "s" } } }));
        var agent = await Good(admin.Post("/api/agents", new { name = "one" }));
        var agentId = agent["id"].GetGuid();
        await Good(Something(admin, "by-template", 3));
        await Good(admin.Post(
            "/api/spiffe-mappings",
            new { trust_domain = "leaving.example", spiffe_id = "spiffe://leaving.example/x", agent_id = agentId }));
        await Good(Something(admin, "first", 1));
        await Good(admin.Post("/v1/auth/token/create", new { policies = "first" }));
        await Good(admin.Post("/v1/auth/token/roles/first", new { orphan = true }));
        await Good(admin.Put("/v1/sys/policies/acl/first", new { policy = "path \"a\" { policy = \"read\" }" }));
        await Good(Something(admin, "second", 1));
        await Good(admin.Post("/v1/sys/auth/directory", new { type = "jwt" }));
        await Good(admin.Post("/v1/auth/directory/config", new { jwks_url = "https://keys.example.com/leaving" }));
        await Good(admin.Post("/v1/auth/directory/role/one", new { role_type = "jwt", user_claim = "sub", bound_audiences = "leaving" }));
        await Good(Something(admin, "robot", 2));
        var entity = await Good(Something(admin, "person", 2));
        await Good(admin.Post("/api/users", new { subject = "jane", issuer = "https://idp.example" }));
        var connection = await Good(admin.Post(
            "/api/connections", new { name = "bank", type = "custom", command = new[] { "psql" }, agent_id = agentId }));
        await Good(admin.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true }));
        await Good(admin.Put($"/api/connections/{connection.Text("id")}/federation", new
        {
            hook_source = "builtin",
            builtin_provider = "gcp_iam",
            identity_target_template = "{user.email_local}@leaving.iam.gserviceaccount.com",
            extra_config = new { project_id = "leaving" },
        }));
        await _tenants.Gateway.Execute(
            """
            INSERT INTO spiffe.agent_channels (id, org_id, agent_id, gateway_id, identity) VALUES (@id, @id, @agentId, @id, 'key');
            INSERT INTO identity.entity_aliases (id, org_id, entity_id, mount, name, accessor, name_key)
            VALUES (@id, @id, @entity, 'auth/token', 'x', (SELECT accessor FROM identity.mounts WHERE org_id = @id), 'x');
            INSERT INTO identity.groups (id, org_id, name, name_key, type)
            VALUES (@id, @id, 'inner', 'inner', 'internal'), (@agentId, @id, 'outer', 'outer', 'external');
            INSERT INTO identity.group_entities (org_id, group_id, entity_id) VALUES (@id, @id, @entity);
            INSERT INTO identity.group_groups (org_id, parent_id, child_id) VALUES (@id, @id, @agentId);
            INSERT INTO identity.group_aliases (id, org_id, group_id, accessor, name, name_key)
            VALUES (@id, @id, @agentId, (SELECT accessor FROM identity.mounts WHERE org_id = @id), 'x', 'x');
            INSERT INTO identity.merged_entities (org_id, id, entity_id) VALUES (@id, @id, @entity);
            INSERT INTO identity.oidc_config (org_id) VALUES (@id);
            INSERT INTO identity.oidc_keys (
              id, org_id, name, algorithm, rotation_period, verification_ttl, publish_ahead, allowed_client_ids, rotates_at)
            VALUES (@id, @id, 'k', 'ES256', 60, 60, 0, '{}', now() + interval '1 day');
            INSERT INTO identity.oidc_key_versions (
              id, org_id, key_id, state, algorithm, public_jwk, published_for, published_at, published_until)
            VALUES (@id, @id, @id, 'retired', 'ES256', '{}', 60, now(), now() + interval '1 day');
            INSERT INTO identity.oidc_roles (org_id, name, key_name, template, client_id, ttl) VALUES (@id, 'r', 'k', '', 'c', 60);
            INSERT INTO service_accounts.accounts (id, org_id, issuer, subject, status)
            VALUES (@id, @id, 'https://idp.example', 's', 'active');
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id, ended_at)
            VALUES (@id, @id, @id, 'bank', 'exec', 'c', '', '', 'done', @id, now());
            INSERT INTO federation.principal_owners (org_id, principal, user_subject, user_email) VALUES (@id, 'p', 'u', 'u@example.com');
            """,
            new { id, agentId, entity = Guid.Parse(entity["data"].GetProperty("id").GetString()!) });
    }

    private static async Task<Reply> Good(Task<Reply> asked)
    {
        var reply = await asked;
        Assert.That(reply.Response.IsSuccessStatusCode, Is.True, $"{reply.Response.RequestMessage?.RequestUri} {reply.Body}");
        return reply;
    }

    private async Task<Trail> Trail(Guid id) => Audit.Trail.Replay(await _tenants.Gateway.Query<(string, string, string?, string)>(
        """
        SELECT resource_type, action, resource_id, fields::text FROM identity.audit_events
        WHERE org_id = @id AND outcome = 'success'
        ORDER BY id
        """,
        new { id }));

    /// <summary>Every table with rows of organizations, and how many this one has; its trail is left out.</summary>
    private async Task<IReadOnlyList<string>> RowsOf(Guid id)
    {
        var tables = await _tenants.Gateway.Query<string>(
            """
            SELECT format('%I.%I', table_schema, table_name)
            FROM information_schema.columns
            WHERE column_name = 'org_id' AND table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> 'audit_events'
            ORDER BY 1
            """);
        Assert.That(tables, Has.Count.GreaterThan(10));
        var rows = new List<string>();
        foreach (var table in tables)
        {
            rows.AddRange(
                await _tenants.Gateway.Query<string>($"SELECT '{table} ' || count(*) FROM {table} WHERE org_id = @id", new { id }));
        }

        return rows;
    }
}
