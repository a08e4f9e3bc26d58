using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hoop.Shared;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

/// <summary>POST /api/spiffe-mappings/import: chunks that are whole or not at all, and a body that can be sent again.</summary>
public sealed class ImportMappingsTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings/import";
    private const int Chunk = 1000;

    private Guid _agent;

    [OneTimeSetUp]
    public async Task MakeAgent() => _agent = await InsertAgent("imported-agent");

    [Test]
    public async Task Every_line_becomes_a_mapping_with_an_audit_row()
    {
        var domain = $"{Fresh("whole")}.test";
        var lines = new[]
        {
            Exact(domain, "one", groups: ["ops", "with blank, and comma"]),
            $$$"""{"trust_domain":"{{{domain}}}","spiffe_prefix":"spiffe://{{{domain}}}/p/","agent_template":"{{.WorkloadIdentifier}}"}""",
            Exact(domain, "two"),
        };

        var reply = await Import(Admin, string.Join('\n', lines));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        Assert.That(Counts(reply), Is.EqualTo((3L, 3L, 0L)));
        var listed = (await Admin.Get($"/api/spiffe-mappings?trust_domain={domain}")).Body.EnumerateArray().ToList();
        Assert.That(listed, Has.Count.EqualTo(3));
        var one = listed.Single(mapping => mapping.GetRawText().Contains("/one\"", StringComparison.Ordinal));
        var groups = one.GetProperty("groups").EnumerateArray().Select(group => group.GetString());
        Assert.That(groups, Is.EqualTo(new[] { "ops", "with blank, and comma" }));
        var rows = (await Gateway.AuditOf("spiffe_mapping")).Where(row => row.Fields.Contains(domain, StringComparison.Ordinal)).ToList();
        Assert.That(rows.Select(row => row.Action), Is.All.EqualTo("create"));
        Assert.That(rows.Select(row => row.ResourceId), Is.EquivalentTo(listed.Select(mapping => mapping.GetProperty("id").GetString())));
        var told = JsonElement.Parse(rows.Single(row => row.ResourceId == one.GetProperty("id").GetString()).Fields);
        Assert.That(told.GetProperty("groups").GetArrayLength(), Is.EqualTo(2), "the row tells all of it");
    }

    [Test]
    public async Task The_same_body_again_changes_nothing_and_leaves_no_row()
    {
        var domain = $"{Fresh("again")}.test";
        var body = Body(domain, (2 * Chunk) + 10);
        Assert.That(Counts(await Import(Admin, body)), Is.EqualTo((2010L, 2010L, 0L)));
        var before = await AuditRows();

        var again = await Import(Admin, body + "\n" + Exact(domain, "new"));

        Assert.That(Counts(again), Is.EqualTo((2011L, 1L, 2010L)));
        Assert.That(await AuditRows(), Is.EqualTo(before + 1));
    }

    [Test]
    public async Task A_line_twice_in_one_body_is_one_mapping()
    {
        var domain = $"{Fresh("twice")}.test";
        var reply = await Import(Admin, Exact(domain, "a") + "\n" + Exact(domain, "a"));
        Assert.That(Counts(reply), Is.EqualTo((2L, 1L, 1L)));
    }

    [Test]
    public async Task A_bad_line_is_named_and_what_came_before_its_chunk_stays()
    {
        var domain = $"{Fresh("bad")}.test";
        var lines = Body(domain, Chunk + 20).Split('\n');
        lines[Chunk + 9] = JsonSerializer.Serialize(new { trust_domain = domain, spiffe_id = "spiffe://elsewhere.test/x", agent_id = _agent });

        var reply = await Import(Admin, string.Join('\n', lines));

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "invalid")));
        Assert.That(reply.Message, Does.StartWith("line 1010: spiffe_id: belongs to the trust domain").And
            .EndsWith("(lines 1 to 1000 are stored, nothing after them)"));
        Assert.That(await MappingsOf(domain), Is.EqualTo(Chunk));
    }

    [TestCase("{", "is not a valid JSON object")]
    [TestCase("[]", "is not a valid JSON object")]
    [TestCase("null", "must be a JSON object")]
    [TestCase("""{"trust_domain":1}""", "trust_domain: has the wrong type or form")]
    [TestCase("""{"trust_domain":"a.test"} {"trust_domain":"a.test"}""", "is not a valid JSON object")]
    [TestCase("""{"trust_domain":"a.test","trust_domain":"b.test"}""", "trust_domain: has the wrong type or form")]
    [TestCase("""{}""", "trust_domain is required")]
    public async Task A_line_that_cannot_be_read_is_400(string line, string message)
    {
        var reply = await Import(Admin, "\n\r\n" + line, "?first_line=5001");
        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.BadRequest, "malformed")), reply.Body.ToString());
        Assert.That(reply.Message, Is.EqualTo($"line 5003: {message} (nothing was stored)"));
    }

    [Test]
    public async Task A_line_without_end_is_refused_and_not_held()
    {
        using var content = new PushContent(async (stream, token) =>
        {
            var piece = new byte[64 * 1024];
            Array.Fill(piece, (byte)' ');
            for (var sent = 0; sent < 64; sent++)
            {
                await stream.WriteAsync(piece, token);
            }
        });
        var reply = await Send(Admin, content);
        Assert.That(reply.Message, Does.StartWith("line 1: longer than 128 KiB"));
    }

    [Test]
    public async Task Ends_of_lines_and_blank_lines_make_no_difference()
    {
        var domain = $"{Fresh("ends")}.test";
        var reply = await Import(Admin, $"\r\n{Exact(domain, "a")}\r\n\n  \t\n{Exact(domain, "b")}\n\n");
        Assert.That(Counts(reply), Is.EqualTo((2L, 2L, 0L)));
        Assert.That(Counts(await Import(Admin, "")), Is.EqualTo((0L, 0L, 0L)));
    }

    [Test]
    public async Task What_is_mapped_otherwise_is_a_conflict_that_names_the_line()
    {
        var (domain, other) = ($"{Fresh("other")}.test", await InsertAgent(Fresh("other")));
        await Import(Admin, Exact(domain, "a"));

        var agent = await Import(Admin, Exact(domain, "b") + "\n" + Exact(domain, "a", other));
        var groups = await Import(Admin, Exact(domain, "a", groups: ["more"]));

        Assert.That((agent.Status, agent.Code), Is.EqualTo((HttpStatusCode.Conflict, "already_exists")));
        Assert.That(agent.Message, Does.StartWith($"line 2: spiffe://{domain}/a is mapped already, and otherwise"));
        Assert.That(groups.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await MappingsOf(domain), Is.EqualTo(1), "the chunk is whole or not at all");
    }

    [Test]
    public async Task An_agent_that_is_not_there_or_another_organization_s_is_named_by_its_line()
    {
        var domain = $"{Fresh("agents")}.test";
        var (foreignOrg, _) = await Gateway.CreateOrganization(Fresh("org"));
        var foreign = await InsertAgent(Fresh("foreign"), foreignOrg);
        foreach (var agent in new[] { Guid.NewGuid(), foreign })
        {
            var reply = await Import(Admin, Exact(domain, "a") + "\n" + Exact(domain, "b", agent));
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "no_such_agent")));
            Assert.That(reply.Message, Does.StartWith("line 2: agent_id: no such agent"));
        }

        Assert.That(await MappingsOf(domain), Is.Zero);
    }

    [Test]
    public async Task Mappings_become_the_caller_s_organization_s_own()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("tenant"));
        var agent = await InsertAgent(Fresh("theirs"), orgId);
        var domain = $"{Fresh("tenant")}.test";
        Assert.That(Counts(await Import(tenant, Exact(domain, "a", agent))), Is.EqualTo((1L, 1L, 0L)));
        Assert.That((await Admin.Get($"/api/spiffe-mappings?trust_domain={domain}")).Body.GetArrayLength(), Is.Zero);
        Assert.That(
            await Gateway.Query<Guid>("SELECT org_id FROM spiffe.mappings WHERE trust_domain = @domain", new { domain }), Is.EqualTo(new[] { orgId }));
    }

    [Test]
    public async Task An_auditor_may_not_and_the_kind_of_body_is_checked()
    {
        using var auditor = await ClientIn("auditor");
        Assert.That((await Import(auditor, Exact("a.test", "a"))).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        var json = await Admin.Post(Path, new { trust_domain = "a.test" });
        Assert.That(json.Message, Does.Contain("application/x-ndjson"));
        Assert.That((await Import(Admin, "", "?first_line=0")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task The_quota_holds_for_all_of_a_chunk()
    {
        var (orgId, tenant) = await Gateway.CreateOrganization(Fresh("full"));
        var agent = await InsertAgent(Fresh("full"), orgId);
        await Admin.Put($"/api/orgs/{orgId}/quotas", new { mappings = Chunk + 5 });
        var domain = $"{Fresh("full")}.test";

        var reply = await Import(tenant, Body(domain, Chunk + 6, agent));

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "quota")));
        Assert.That(reply.Message, Does.StartWith("line 1001: the organization may have 1005 mappings").And.Contains("lines 1 to 1000 are stored"));
        Assert.That(await MappingsOf(domain), Is.EqualTo(Chunk));
        Assert.That(Counts(await Import(tenant, Body(domain, Chunk + 5, agent))), Is.EqualTo((1005L, 5L, 1000L)), "up to the limit, and repeated");
        Assert.That(Counts(await Import(tenant, Body(domain, Chunk + 5, agent))), Is.EqualTo((1005L, 0L, 1005L)), "when full, too");
    }

    [Test]
    public async Task Two_imports_of_the_same_at_once_end_with_each_mapping_once()
    {
        var domain = $"{Fresh("both")}.test";
        var lines = Body(domain, 3 * Chunk).Split('\n');
        var replies = await Task.WhenAll(Import(Admin, string.Join('\n', lines)), Import(Admin, string.Join('\n', lines.Reverse())));

        // One may have been the victim of a deadlock, and is told to come again.
        foreach (var _ in replies.Where(reply => reply.Status == HttpStatusCode.ServiceUnavailable))
        {
            Assert.That((await Import(Admin, string.Join('\n', lines))).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.OK), Is.Positive);
        Assert.That(await MappingsOf(domain), Is.EqualTo(3 * Chunk));
        var rows = (await Gateway.AuditOf("spiffe_mapping")).Count(row => row.Fields.Contains(domain, StringComparison.Ordinal));
        Assert.That(rows, Is.EqualTo(3 * Chunk));
    }

    [Test]
    public async Task A_credential_that_is_revoked_while_the_body_is_held_back_stores_nothing_more()
    {
        var made = await Admin.Post("/api/api-tokens", new { name = Fresh("importer"), groups = new[] { "admin" } });
        using var importer = Gateway.As(made.Text("token")!);
        var domain = $"{Fresh("held")}.test";
        var revoked = new TaskCompletionSource();
        using var content = new PushContent(async (stream, token) =>
        {
            // Two chunks and a line: the second is read ahead, and the third after the revocation.
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Body(domain, Chunk) + "\n"), token);
            await stream.FlushAsync(token);
            await revoked.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Exact(domain, "later") + "\n"), token);
        });
        var sending = Send(importer, content);
        await Eventually.True(async () => await MappingsOf(domain) == Chunk, "the first chunk is not stored");

        await Admin.Delete($"/api/api-tokens/{made.Text("id")}");
        revoked.SetResult();

        var reply = await sending;
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(reply.Message, Does.Contain("lines 1 to 1000 are stored"));
        Assert.That(await MappingsOf(domain), Is.EqualTo(Chunk));
    }

    [Test]
    public async Task A_body_that_breaks_off_leaves_whole_chunks_and_its_repeat_completes_them()
    {
        var domain = $"{Fresh("cut")}.test";
        var whole = Body(domain, Chunk + 100);
        using var content = new PushContent(async (stream, token) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(whole[..^2000]), token);
            await stream.FlushAsync(token);
            await Eventually.True(async () => await MappingsOf(domain) == Chunk, "the first chunk is not stored");
            throw new IOException("The client broke off.");
        });

        Assert.That(async () => await Send(Admin, content), Throws.InstanceOf<HttpRequestException>());

        Assert.That(await MappingsOf(domain), Is.EqualTo(Chunk));
        Assert.That(Counts(await Import(Admin, whole)), Is.EqualTo((1100L, 100L, 1000L)));
    }

    [Test]
    public async Task A_refusal_does_not_wait_for_the_rest_of_the_body()
    {
        // HttpClient reads no answer before it has sent everything.
        var body = Body($"{Fresh("early")}.test", Chunk - 1) + "\n" + Exact("early.test", "x", Guid.NewGuid()) + "\n";
        using var client = new TcpClient(Gateway.Address.Host, Gateway.Address.Port);
        var head = $"POST {Path} HTTP/1.1\r\nHost: {Gateway.Address.Authority}\r\nAuthorization: Bearer {TestGateway.AdminToken}\r\n"
            + $"Content-Type: application/x-ndjson\r\nContent-Length: {body.Length + 1000}\r\n\r\n";
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body));

        var answer = await new StreamReader(stream).ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.That(answer, Is.EqualTo("HTTP/1.1 422 Unprocessable Entity"));
    }

    private static (long Lines, long Created, long Unchanged) Counts(Reply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return (reply["lines"].GetInt64(), reply["created"].GetInt64(), reply["unchanged"].GetInt64());
    }

    private string Exact(string domain, string name, Guid? agent = null, string[]? groups = null) => JsonSerializer.Serialize(
        new { trust_domain = domain, spiffe_id = $"spiffe://{domain}/{name}", agent_id = agent ?? _agent, groups = groups ?? [] });

    private string Body(string domain, int count, Guid? agent = null) => string.Join(
        '\n', Enumerable.Range(0, count).Select(i => Exact(domain, i.ToString("D5", CultureInfo.InvariantCulture), agent)));

    private static async Task<Reply> Import(HttpClient client, string body, string query = "")
    {
        using var content = new StringContent(body);
        return await Send(client, content, query);
    }

    private static async Task<Reply> Send(HttpClient client, HttpContent content, string query = "")
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var request = new HttpRequestMessage(HttpMethod.Post, Path + query) { Content = content };
        var response = await client.SendAsync(request);
        return new Reply(response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()), response);
    }

    private async Task<long> MappingsOf(string domain) =>
        (await Gateway.Query<long>("SELECT count(*) FROM spiffe.mappings WHERE trust_domain = @domain", new { domain }))[0];

    private async Task<long> AuditRows() => (await Gateway.Query<long>(
        "SELECT count(*) FROM identity.audit_events WHERE org_id = @Id", new { DefaultOrganization.Id }))[0];

    /// <summary>A body of no known length that is written as the test says.</summary>
    private sealed class PushContent(Func<Stream, CancellationToken, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            write(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
