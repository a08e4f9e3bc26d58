using System.Net;
using Hoop.Federation.Connections;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Spiffe.Contracts;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Connections;

public sealed class ConnectionTests : FederationFixture
{
    private static readonly Dictionary<string, string> Secret = new(StringComparer.Ordinal)
    {
        ["envvar:PASSWORD"] = Convert.ToBase64String("canary-connection-secret"u8),
        ["filesystem:KEY"] = Convert.ToBase64String("{}"u8),
    };

    [Test]
    public async Task A_created_connection_is_read_by_name_and_by_id()
    {
        var name = await CreateConnection(Secret);

        var byName = await Gateway.Operator.Get($"/api/connections/{name}");
        var byId = await Gateway.Operator.Get($"/api/connections/{byName.Text("id")}");

        Assert.Multiple(() =>
        {
            Assert.That(byName.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(byName.Text("type"), Is.EqualTo("custom"));
            Assert.That(byName.Text("subtype"), Is.EqualTo("bigquery"));
            Assert.That(byName.Text("agent_id"), Is.EqualTo(PlayedAgents.Known.ToString()));
            Assert.That(byName.Text("status"), Is.EqualTo("online"));
            Assert.That(byName["command"].EnumerateArray().Select(item => item.GetString()), Is.EqualTo(new[] { "bq", "query" }));
            Assert.That(byName["secret"].GetProperty("envvar:PASSWORD").GetString(), Is.EqualTo(Secret["envvar:PASSWORD"]));
            Assert.That(byId.Text("name"), Is.EqualTo(name));
        });
    }

    [Test]
    public async Task Admins_and_auditors_see_names_of_secrets_and_only_an_admin_values_and_only_of_one_connection()
    {
        var name = await CreateConnection(Secret);
        await Gateway.Execute(
            "INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups) VALUES (gen_random_uuid(), @OrgId, 'plain', sha256('hpk_plain-caller-0123456789'), '{}') ON CONFLICT DO NOTHING",
            new { OrgId = DefaultOrganization.Id });
        using var plain = Gateway.As("hpk_plain-caller-0123456789");
        var token = await Gateway.Operator.Post("/api/api-tokens", new { name = $"auditor-of-{name}", groups = new[] { "auditor" } });
        using var auditor = Gateway.As(token.Text("token")!);

        var read = await auditor.Get($"/api/connections/{name}");
        var hidden = await plain.Get($"/api/connections/{name}");
        var hiddenList = await plain.Get("/api/connections");
        var list = await Gateway.Operator.Get("/api/connections");
        var write = await plain.Delete($"/api/connections/{name}");

        Assert.That(read["secret"].GetRawText(), Is.EqualTo("""{"envvar:PASSWORD":null,"filesystem:KEY":null}"""));
        Assert.That(hidden["secret"].GetRawText(), Is.EqualTo("{}"), "where a target keeps what is nobody else's business");
        Assert.That(hidden.Text("name"), Is.EqualTo(name));
        Assert.That(hiddenList.Body.GetRawText(), Does.Contain(name).And.Not.Contain("envvar:").And.Not.Contain("filesystem:"));
        Assert.That((await auditor.Get("/api/connections")).Body.GetRawText(), Does.Contain("envvar:PASSWORD"));
        Assert.That(read.Body.GetRawText(), Does.Not.Contain("canary").And.Not.Contain(Secret["envvar:PASSWORD"]));
        Assert.That(list.Body.GetRawText(), Does.Contain("envvar:PASSWORD").And.Not.Contain(Secret["envvar:PASSWORD"]));
        Assert.That(list.Body.EnumerateArray().Any(item => item.GetProperty("name").GetString() == name), Is.True);
        Assert.That(write.Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Secrets_are_sealed_in_the_database()
    {
        var name = await CreateConnection(Secret);
        var row = (
            await Gateway.Query<string>("SELECT encode(secrets_sealed, 'escape') || secrets_key_id FROM federation.connections WHERE name = @name", new { name }))[0];

        Assert.That(row, Does.Not.Contain("canary").And.Not.Contain("PASSWORD"));
    }

    [Test]
    public async Task A_taken_name_is_refused()
    {
        var name = await CreateConnection();
        var again = await Gateway.Operator.Post("/api/connections", Body(name));

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(again.Message, Is.EqualTo("Connection already exists."));
    }

    [TestCase("ab", 422, "name")]
    [TestCase("a--b", 422, "name")]
    [TestCase("-abc", 422, "name")]
    [TestCase("abc.", 422, "name")]
    [TestCase("a b c", 422, "name")]
    [TestCase("naïve", 422, "name")]
    [TestCase("abc\u0000", 422, "name")]
    [TestCase("0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01", 422, "name")]
    [TestCase("", 400, "name")]
    public async Task An_illegal_name_is_refused(string name, int status, string field)
    {
        var reply = await Gateway.Operator.Post("/api/connections", Body(name));

        Assert.That((int)reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Does.StartWith(field));
    }

    [TestCase("type", "\"postgres\"", 422)]
    [TestCase("type", "null", 400)]
    [TestCase("subtype", "\"big query\"", 422)]
    [TestCase("command", "[\"bq\", null]", 422)]
    [TestCase("command", "[\"a\\u0000b\"]", 422)]
    [TestCase("command", "\"bq\"", 400)]
    [TestCase("agent_id", "null", 400)]
    [TestCase("agent_id", "\"not-a-uuid\"", 400)]
    [TestCase("agent_id", "\"11111111-1111-1111-1111-111111111111\"", 422)]
    [TestCase("secret", "{\"PASSWORD\": \"eA==\"}", 422)]
    [TestCase("secret", "{\"envvar:1X\": \"eA==\"}", 422)]
    [TestCase("secret", "{\"envvar:X\": \"not base64 canary\"}", 422)]
    [TestCase("secret", "{\"envvar:X\": null}", 422)]
    [TestCase("secret", "{\"envvar:X\": 5}", 400)]
    public async Task A_wrong_member_is_named_and_nothing_is_stored(string member, string json, int status)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = "\"wrong-member\"",
            ["type"] = "\"custom\"",
            ["command"] = "[\"bq\"]",
            ["agent_id"] = $"\"{PlayedAgents.Known}\"",
            [member] = json,
        };

        var reply = await Gateway.Operator.Post(
            "/api/connections", "{" + string.Join(",", members.Select(item => $"\"{item.Key}\": {item.Value}")) + "}");

        Assert.That((int)reply.Status, Is.EqualTo(status), reply.Message);
        Assert.That(reply.Message, Does.StartWith(member).And.Not.Contain("canary"));
        Assert.That(reply["fields"].EnumerateObject().Single().Name, Does.StartWith(member));
        Assert.That(await Gateway.Query<string>("SELECT name FROM federation.connections WHERE name = 'wrong-member'"), Is.Empty);
    }

    [TestCase("postgres", "; did you mean type database with subtype postgres (on the command line database/postgres)?")]
    [TestCase("PostgreSQL", "; did you mean type database with subtype postgres (on the command line database/postgres)?")]
    [TestCase("ssh", "; did you mean type application with subtype ssh (on the command line application/ssh)?")]
    [TestCase("bigquery", "; did you mean type custom with subtype bigquery (on the command line custom/bigquery)?")]
    [TestCase("databse", "; did you mean database?")]
    [TestCase("x", "")]
    public async Task A_type_that_does_not_exist_is_refused_with_the_one_that_was_meant(string type, string hint)
    {
        var reply = await Gateway.Operator.Post(
            "/api/connections", new { name = "wrong-type", type, command = new[] { "x" }, agent_id = PlayedAgents.Known });

        Assert.That(((int)reply.Status, reply.Message), Is.EqualTo((422, "type: must be one of: database, application, custom" + hint)));
    }

    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("[\"\"]")]
    [TestCase("[\" \"]")]
    public async Task A_connection_that_runs_a_command_has_one(string command)
    {
        var name = await CreateConnection();
        var body = $$"""{"name": "no-command", "type": "custom", "command": {{command}}, "agent_id": "{{PlayedAgents.Known}}"}""";

        var created = await Gateway.Operator.Post("/api/connections", body);
        var updated = await Gateway.Operator.Put($"/api/connections/{name}", body.Replace("no-command", name, StringComparison.Ordinal));

        Assert.That(
            ((int)created.Status, created.Message),
            Is.EqualTo((422,
                "command: a connection of type custom needs the program that it runs and its arguments, such as [\"bq\", \"query\"]")));
        Assert.That(((int)updated.Status, updated.Message), Is.EqualTo(((int)created.Status, created.Message)));
    }

    [Test]
    public async Task A_list_asks_for_all_agents_at_once()
    {
        await CreateConnection();
        await CreateConnection();
        var asked = Agents.SetsAsked;

        var list = await Gateway.Operator.Get("/api/connections");

        Assert.That(list.Body.EnumerateArray().Select(item => item.GetProperty("status").GetString()), Has.Some.EqualTo("online"));
        Assert.That(Agents.SetsAsked, Is.EqualTo(asked + 1));
    }

    [Test]
    public async Task A_database_needs_no_command()
    {
        var reply = await Gateway.Operator.Post(
            "/api/connections", new { name = "plain-database", type = "database", subtype = "postgres", agent_id = PlayedAgents.Known });

        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Message);
    }

    [Test]
    [Description("A command may hold a secret")]
    public async Task Only_admins_and_auditors_read_commands()
    {
        var name = await CreateConnection();
        foreach (var (role, seen) in new[] { ("standard", 0), ("auditor", 2) })
        {
            await Gateway.Execute(
                "INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups) VALUES (gen_random_uuid(), @OrgId, @name, sha256(@token::bytea), @groups)",
                new
                {
                    OrgId = DefaultOrganization.Id,
                    name = "reader-" + role,
                    token = "hpk_reader-0123456789-" + role,
                    groups = new[] { role }
                });
            using var reader = Gateway.As("hpk_reader-0123456789-" + role);
            var one = await reader.Get($"/api/connections/{name}");
            var listed = (await reader.Get("/api/connections")).Body.EnumerateArray().Single(
                item => item.GetProperty("name").GetString() == name);

            Assert.That(one["command"].GetArrayLength(), Is.EqualTo(seen), role);
            Assert.That(listed.GetProperty("command").GetArrayLength(), Is.EqualTo(seen), role);
        }
    }

    [Test]
    public async Task An_update_replaces_all_but_keeps_secrets_that_it_does_not_name()
    {
        var name = await CreateConnection(Secret);

        var kept = await Gateway.Operator.Put(
            $"/api/connections/{name}", new { type = "database", command = new[] { "psql" }, agent_id = PlayedAgents.Known });
        var cleared = await Gateway.Operator.Put(
            $"/api/connections/{name}", new { type = "database", agent_id = PlayedAgents.Known, secret = new { } });

        Assert.That(kept.Text("type"), Is.EqualTo("database"));
        Assert.That(kept["secret"].EnumerateObject().Count(), Is.EqualTo(2));
        Assert.That(cleared["secret"].EnumerateObject().Count(), Is.Zero);
        Assert.That(cleared["command"].GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_name_cannot_be_changed()
    {
        var name = await CreateConnection();
        var reply = await Gateway.Operator.Put($"/api/connections/{name}", Body("another"));

        Assert.That((int)reply.Status, Is.EqualTo(422));
        Assert.That(reply.Message, Does.StartWith("name:"));
    }

    [Test]
    [Description("IDOR across organizations: CVE-2025-64431, CVE-2026-54322")]
    public async Task Another_organization_sees_nothing()
    {
        var name = await CreateConnection(Secret);
        var (_, stranger) = await Gateway.CreateOrganization("stranger-connections");

        var absent = await stranger.Get("/api/connections/absent");
        foreach (var reply in new[]
        {
            await stranger.Get($"/api/connections/{name}"),
            await stranger.Put($"/api/connections/{name}", Body(name)),
            await stranger.Delete($"/api/connections/{name}"),
        })
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(reply.Body.GetRawText(), Is.EqualTo(absent.Body.GetRawText()));
        }

        Assert.That((await stranger.Get("/api/connections")).Body.GetArrayLength(), Is.Zero);
        Assert.That(
            (await stranger.Post("/api/connections", Body("their-own"))).Message,
            Does.StartWith("agent_id"),
            "agents of other organizations look absent");
    }

    [Test]
    public async Task A_deleted_connection_is_gone_with_its_policy()
    {
        var name = await CreateFederated();
        var gone = await Gateway.Operator.Delete($"/api/connections/{name}");

        Assert.That(gone.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{name}")).Message, Is.EqualTo("not found"));
        Assert.That((await Gateway.Operator.Delete($"/api/connections/{name}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            await Gateway.Query<int>(
                "SELECT 1 FROM federation.policies p LEFT JOIN federation.connections c ON c.id = p.connection_id WHERE c.id IS NULL"),
            Is.Empty);
    }

    [Test]
    public async Task Every_change_leaves_an_audit_row_with_names_of_secrets_only()
    {
        var name = await CreateConnection(Secret);
        await Gateway.Operator.Put($"/api/connections/{name}", Body(name));
        await Gateway.Operator.Delete($"/api/connections/{name}");

        var rows = (await Gateway.AuditOf("connection")).Where(
            row => row.Fields.Contains($"\"{name}\"", StringComparison.Ordinal)).ToList();
        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "create", "update", "delete" }));
        Assert.That(rows[0].Fields, Does.Contain("envvar:PASSWORD").And.Not.Contain(Secret["envvar:PASSWORD"]));
    }

    [Test]
    public async Task An_agent_on_its_way_out_is_told_which_connections_name_it_and_takes_them_along_only_with_a_cascade()
    {
        var (first, second) = (await CreateFederated(), await CreateConnection(Secret));
        var agent = Guid.NewGuid();
        await Gateway.Execute(
            "UPDATE federation.connections SET agent_id = @agent WHERE name IN (@first, @second)", new { agent, first, second });

        var named = await AgentDeleting(agent, cascade: false);
        var kept = await Gateway.Operator.Get($"/api/connections/{first}");
        var gone = await AgentDeleting(agent, cascade: true);

        Assert.That(named.Select(use => (use.Type, use.Name)), Is.EquivalentTo(new[] { ("connection", first), ("connection", second) }));
        Assert.That(kept.Text("agent_id"), Is.EqualTo(agent.ToString()));
        Assert.That(gone.Select(use => use.Id), Is.EquivalentTo(named.Select(use => use.Id)));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{second}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        foreach (var use in gone)
        {
            var row = (await Gateway.AuditOf("connection")).Single(row => row.ResourceId == use.Id.ToString() && row.Action == "delete");
            Assert.That(row.Fields, Does.Contain("agent_deleted").And.Contain(use.Name));
        }

        var policy = (await Gateway.AuditOf("federation_policy")).Single(
            row => row.ResourceId == kept.Text("id") && row.Action == "delete");
        Assert.That(policy.Fields, Does.Contain("connection_deleted"));
    }

    [Test]
    [Description("S18: whoever read secrets in clear stands in the trail")]
    public async Task Reading_values_leaves_a_row_before_and_after_and_reading_names_none()
    {
        var name = await CreateConnection(Secret);
        var id = (await Gateway.Operator.Get($"/api/connections/{name}?secrets=names")).Text("id");
        Assert.That(await Uses(), Is.Empty);

        await Gateway.Operator.Get($"/api/connections/{name}");

        Assert.That(await Uses(), Is.EqualTo(new[] { ("use", "begun"), ("use", "success") }));
        var row = (await Gateway.AuditOf("connection")).Last(row => row.ResourceId == id);
        Assert.That(row.Fields, Does.Contain("envvar:PASSWORD").And.Contain("filesystem:KEY").And.Not.Contain(Secret["envvar:PASSWORD"]));

        async Task<List<(string, string)>> Uses() =>
            [.. (await Gateway.AuditOf("connection")).Where(row => row.ResourceId == id
                && row.Action == "use").Select(row => (row.Action, row.Outcome))];
    }

    [Test]
    public async Task What_an_admin_may_leave_out_is_names_alone() =>
        Assert.That(
            (await Gateway.Operator.Get("/api/connections/any-name?secrets=values")).Status,
            Is.EqualTo(HttpStatusCode.UnprocessableEntity));

    [TestCase("abc", true)]
    [TestCase("a_b", true)]
    [TestCase("a-b.c", true)]
    [TestCase("my-bq.prod_1", true)]
    [TestCase("a-b", false, Description = "two letters")]
    [TestCase("a..b", false)]
    [TestCase("abc-", false)]
    public void The_name_rule_is_linear(string name, bool legal)
    {
        Assert.That(ConnectionAddress.IsName(name), Is.EqualTo(legal));
        Assert.That(ConnectionAddress.IsName(new string('a', 254)), Is.True);
        Assert.That(ConnectionAddress.IsName(new string('a', 255)), Is.False);
    }

    private async Task<IReadOnlyList<AgentUse>> AgentDeleting(Guid agent, bool cascade)
    {
        await using var scope = Gateway.ScopeOf(
            new Caller(DefaultOrganization.Id, CallerKind.Operator, new Alias("auth/test/", "admin"), "admin", [], Role.Admin));
        var uses = new List<AgentUse>();
        await scope.ServiceProvider.GetRequiredService<IPublisher>().Publish(
            new AgentDeleting(DefaultOrganization.Id, agent, cascade, uses));
        return uses;
    }

    private static object Body(string name) => new { name, type = "custom", command = new[] { "bq" }, agent_id = PlayedAgents.Known };
}
