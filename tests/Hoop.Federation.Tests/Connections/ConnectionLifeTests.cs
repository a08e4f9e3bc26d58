using System.Net;
using System.Text;
using Hoop.Shared;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Connections;

/// <summary>Create, change, list and delete: each refusal has its status and code, changes nothing and leaves no row of a change.</summary>
public sealed class ConnectionLifeTests : FederationFixture
{
    private static readonly Guid UnknownAgent = new("11111111-1111-1111-1111-111111111111");

    [TearDown]
    public void TheAgentIsBack() => Agents.Connected = true;

    [Test]
    public async Task Created_connections_are_answered_whole_but_without_values_of_secrets()
    {
        var reply = await Gateway.Operator.Post("/api/connections", Body("life-created", secret: Secret(("envvar:A", "clear text"))));

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(reply.Text("name"), Is.EqualTo("life-created"));
            Assert.That(reply.Text("status"), Is.EqualTo("online"));
            Assert.That(reply["secret"].GetRawText(), Is.EqualTo("""{"envvar:A":null}"""));
            Assert.That(reply.Text("created_at"), Is.EqualTo(reply.Text("updated_at")));
        });
    }

    [Test]
    public async Task A_taken_name_leaves_the_first_connection_and_one_row()
    {
        await Gateway.Operator.Post("/api/connections", Body("life-taken", secret: Secret(("envvar:A", "first"))));
        var again = await Gateway.Operator.Post("/api/connections", Body("life-taken", secret: Secret(("envvar:A", "second"))));

        Assert.That((again.Status, again.Code), Is.EqualTo((HttpStatusCode.Conflict, "already_exists")));
        Assert.That((await Resolve("life-taken")).Environment!.Variables["A"], Is.EqualTo("first"));
        Assert.That(await ChangesOf("life-taken"), Is.EqualTo(new[] { ("create", "success") }));
    }

    [Test]
    public async Task An_unknown_agent_is_refused_by_both_writes_with_its_member()
    {
        var name = await CreateConnection();
        var created = await Gateway.Operator.Post("/api/connections", Body("life-no-agent", agent: UnknownAgent));
        var updated = await Gateway.Operator.Put($"/api/connections/{name}", Body(name, agent: UnknownAgent));

        foreach (var reply in new[] { created, updated })
        {
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "agent_not_found")));
            Assert.That(reply["fields"].GetProperty("agent_id").GetString(), Is.EqualTo("no agent with this id exists"));
        }

        var kept = await Gateway.Operator.Get($"/api/connections/{name}");
        Assert.That(kept.Text("agent_id"), Is.EqualTo(PlayedAgents.Known.ToString()));
        Assert.That((await Gateway.Operator.Get("/api/connections/life-no-agent")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("absent-connection")]
    [TestCase("22222222-2222-2222-2222-222222222222")]
    [TestCase("a--b")]
    public async Task What_is_not_there_is_absent_to_every_call(string name)
    {
        foreach (var reply in new[]
        {
            await Gateway.Operator.Get($"/api/connections/{name}"),
            await Gateway.Operator.Put($"/api/connections/{name}", Body(null)),
            await Gateway.Operator.Delete($"/api/connections/{name}"),
        })
        {
            Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.NotFound, "not found")), name);
        }
    }

    [Test]
    public async Task A_refused_change_keeps_what_is_stored()
    {
        var name = await CreateConnection(Secret(("envvar:A", "kept")));
        var before = await Gateway.Operator.Get($"/api/connections/{name}?secrets=names");

        var renamed = await Gateway.Operator.Put($"/api/connections/{name}", Body("other-name", secret: Secret(("envvar:A", "lost"))));
        var after = await Gateway.Operator.Get($"/api/connections/{name}?secrets=names");

        Assert.That((int)renamed.Status, Is.EqualTo(422));
        Assert.That(after.Body.GetRawText(), Is.EqualTo(before.Body.GetRawText()));
        Assert.That((await Resolve(name)).Environment!.Variables["A"], Is.EqualTo("kept"));
        Assert.That(await ChangesOf(name), Does.Not.Contain(("update", "success")));
    }

    [Test]
    public async Task An_update_by_id_is_the_same_as_one_by_name()
    {
        var name = await CreateConnection();
        var id = (await Gateway.Operator.Get($"/api/connections/{name}")).Text("id");

        var updated = await Gateway.Operator.Put($"/api/connections/{id}", Body(name, command: ["bq", "ls"]));

        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.OK), updated.Message);
        Assert.That(updated.Text("id"), Is.EqualTo(id));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{name}"))["command"][1].GetString(), Is.EqualTo("ls"));
        Assert.That((await Gateway.Operator.Delete($"/api/connections/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await ChangesOf(name), Is.EqualTo(new[] { ("create", "success"), ("update", "success"), ("delete", "success") }));
    }

    [Test]
    public async Task A_list_says_which_connections_can_be_reached_now()
    {
        var (there, orphan) = (await CreateConnection(), await CreateConnection());
        await Gateway.Execute("UPDATE federation.connections SET agent_id = @UnknownAgent WHERE name = @orphan", new { UnknownAgent, orphan });

        Assert.That((await Listed(there), await Listed(orphan)), Is.EqualTo(("online", "offline")));
        Agents.Connected = false;
        Assert.That((await Listed(there), await Listed(orphan)), Is.EqualTo(("offline", "offline")));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{there}")).Text("status"), Is.EqualTo("offline"));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{orphan}")).Text("status"), Is.EqualTo("offline"));

        async Task<string?> Listed(string name) => (await Gateway.Operator.Get("/api/connections")).Body.EnumerateArray()
            .Single(item => item.GetProperty("name").GetString() == name).GetProperty("status").GetString();
    }

    [Test]
    public async Task A_list_is_in_the_order_of_the_names()
    {
        foreach (var name in new[] { "order-c", "order-a", "order-b" })
        {
            await Gateway.Operator.Post("/api/connections", Body(name));
        }

        Assert.That(
            (await Gateway.Operator.Get("/api/connections")).Body.EnumerateArray()
                .Select(item => item.GetProperty("name").GetString()!)
                .Where(name => name.StartsWith("order-", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "order-a", "order-b", "order-c" }));
    }

    [Test]
    public async Task A_row_whose_secrets_do_not_open_hides_no_other_and_says_so_when_it_is_read()
    {
        var (broken, well) = (await CreateConnection(Secret(("envvar:A", "1"))), await CreateConnection(Secret(("envvar:B", "2"))));
        await Gateway.Execute(
            """
            UPDATE federation.connections c SET secrets_sealed = o.secrets_sealed FROM federation.connections o
            WHERE c.name = @broken AND o.name = @well
            """,
            new { broken, well });

        var list = (await Gateway.Operator.Get("/api/connections")).Body.EnumerateArray()
            .ToDictionary(item => item.GetProperty("name").GetString()!, item => item.GetProperty("secret").GetRawText());
        var read = await Gateway.Operator.Get($"/api/connections/{broken}");
        var kept = await Gateway.Operator.Put($"/api/connections/{broken}", Body(broken));
        var replaced = await Gateway.Operator.Put($"/api/connections/{broken}", Body(broken, secret: Secret(("envvar:C", "3"))));

        Assert.That((list[broken], list[well]), Is.EqualTo(("{}", """{"envvar:B":null}""")));
        Assert.That(read.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That(kept.Code, Is.EqualTo("sealed_value_rejected"), "what cannot be opened is not silently dropped");
        Assert.That(replaced.Status, Is.EqualTo(HttpStatusCode.OK), replaced.Message);
        Assert.That((await Resolve(broken)).Environment!.Variables["C"], Is.EqualTo("3"));
    }

    [TestCase("envvar:A", "", "")]
    [TestCase("envvar:_a9", "eA==", "x")]
    [TestCase("envvar:A", "w6TDtsO8", "äöü")]
    [TestCase("envvar:A", " eA== ", "x", Description = "white space around base64 is read over")]
    public async Task A_variable_reaches_the_session_as_it_was_encoded(string key, string base64, string clear)
    {
        var name = await CreateConnection(new Dictionary<string, string>(StringComparer.Ordinal) { [key] = base64 });

        Assert.That((await Resolve(name)).Environment!.Variables[key["envvar:".Length..]], Is.EqualTo(clear));
    }

    [Test]
    public async Task A_variable_and_a_file_of_one_name_are_two_secrets()
    {
        var name = await CreateConnection(Secret(("envvar:KEY", "path"), ("filesystem:KEY", "line 1\nline 2\n")));
        var environment = (await Resolve(name)).Environment!;

        Assert.That((environment.Variables["KEY"], environment.Files["KEY"]), Is.EqualTo(("path", "line 1\nline 2\n")));
    }

    [TestCase("envvar:", "eA==", "secret: keys are")]
    [TestCase("filesystem:", "eA==", "secret: keys are")]
    [TestCase("filesystem:../etc/passwd", "eA==", "secret: keys are")]
    [TestCase("filesystem:a/b", "eA==", "secret: keys are")]
    [TestCase("ENVVAR:A", "eA==", "secret: keys are")]
    [TestCase("envvar:A=B", "eA==", "secret: keys are")]
    [TestCase("envvar:ä", "eA==", "secret: keys are")]
    [TestCase("base64:A", "eA==", "secret: keys are")]
    [TestCase("envvar:A", "eA=", "secret: the value of envvar:A must be base64")]
    [TestCase("envvar:A", "canary_-", "secret: the value of envvar:A must be base64")]
    public async Task A_secret_of_another_form_is_refused_by_both_writes(string key, string value, string message)
    {
        var name = await CreateConnection(Secret(("envvar:OLD", "old")));
        var secret = new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value };

        var created = await Gateway.Operator.Post("/api/connections", Body("wrong-secret", secret: secret));
        var updated = await Gateway.Operator.Put($"/api/connections/{name}", Body(name, secret: secret));

        Assert.That(((int)created.Status, (int)updated.Status), Is.EqualTo((422, 422)));
        Assert.That(created.Message, Does.StartWith(message).And.Not.Contain("canary"));
        Assert.That(updated.Message, Is.EqualTo(created.Message));
        Assert.That((await Resolve(name)).Environment!.Variables["OLD"], Is.EqualTo("old"));
    }

    [Test]
    public async Task A_connection_carries_no_version_that_a_client_could_condition_a_write_on()
    {
        var name = await CreateConnection();

        Assert.That((await Gateway.Operator.Get($"/api/connections/{name}")).Response.Headers.ETag, Is.Null);
    }

    private static Dictionary<string, string> Secret(params (string Key, string Clear)[] values) => values.ToDictionary(
        value => value.Key, value => Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Clear)), StringComparer.Ordinal);

    private static Dictionary<string, object?> Body(
        string? name, Guid? agent = null, string[]? command = null, Dictionary<string, string>? secret = null)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["type"] = "custom",
            ["command"] = command ?? ["bq"],
            ["agent_id"] = agent ?? PlayedAgents.Known,
        };
        if (name is not null)
        {
            body["name"] = name;
        }

        if (secret is not null)
        {
            body["secret"] = secret;
        }

        return body;
    }

    private async Task<List<(string, string)>> ChangesOf(string name) =>
        [.. (await Gateway.AuditOf("connection"))
            .Where(row => row.Action != "use" && row.OrgId == DefaultOrganization.Id
                && row.Fields.Contains($"\"{name}\"", StringComparison.Ordinal))
            .Select(row => (row.Action, row.Outcome))];
}
