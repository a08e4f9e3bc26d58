using System.Net;
using System.Text.Json;
using Hoop.Shared;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

public sealed class CreateMappingTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings";

    [Test]
    public async Task An_exact_mapping_is_answered_as_it_was_stored()
    {
        var agent = await InsertAgent(Fresh("exact"));

        var reply = await Admin.Post(
            Path,
            new
            {
                trust_domain = "customer.com",
                spiffe_id = "spiffe://customer.com/agent/arqa-prod",
                agent_id = agent,
                groups = new[] { "agents" }
            });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            reply.Body.EnumerateObject().Select(member => member.Name),
            Is.EquivalentTo(
                new[] { "id", "org_id", "trust_domain", "spiffe_id", "agent_id", "groups", "created_at", "updated_at", "warnings" }),
            "members that are not set are left out");
        Assert.That(reply.Text("spiffe_id"), Is.EqualTo("spiffe://customer.com/agent/arqa-prod"));
        Assert.That(reply["agent_id"].GetGuid(), Is.EqualTo(agent));
        Assert.That(reply["org_id"].GetGuid(), Is.EqualTo(DefaultOrganization.Id));
        Assert.That(reply["groups"].EnumerateArray().Select(group => group.GetString()), Is.EqualTo(new[] { "agents" }));
        Assert.That(reply["created_at"].GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        var read = await Admin.Get($"{Path}/{reply.Text("id")}");
        Assert.That(read.Text("spiffe_id"), Is.EqualTo(reply.Text("spiffe_id")));
    }

    [Test]
    public async Task A_prefix_mapping_with_a_template_needs_no_agent_yet()
    {
        var reply = await Admin.Post(
            Path,
            new { trust_domain = "later.test", spiffe_prefix = "spiffe://later.test/agent/", agent_template = "{{.WorkloadIdentifier}}" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(reply["groups"].GetArrayLength(), Is.Zero, "groups default to none");
    }

    [Test]
    public async Task An_empty_text_counts_as_absent_and_read_only_members_are_ignored()
    {
        var other = Guid.NewGuid();

        var reply = await Admin.Post(Path, new
        {
            id = other,
            org_id = other,
            created_at = "2001-01-01T00:00:00Z",
            unknown = true,
            trust_domain = "empty.test",
            spiffe_id = "",
            spiffe_prefix = "spiffe://empty.test/a/",
            agent_id = "",
            agent_template = "fixed-name",
            groups = (string[]?)null,
        });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(reply["id"].GetGuid(), Is.Not.EqualTo(other));
        Assert.That(reply["org_id"].GetGuid(), Is.EqualTo(DefaultOrganization.Id));
        Assert.That(reply["created_at"].GetDateTimeOffset().Year, Is.GreaterThan(2001));
    }

    [TestCase("""{"spiffe_id": "x", "spiffe_prefix": "y"}""", "trust_domain is required", 400)]
    [TestCase("""{"trust_domain": "", "spiffe_id": "x"}""", "trust_domain is required", 400)]
    [TestCase("""{"trust_domain": "td"}""", "exactly one of spiffe_id or spiffe_prefix must be set", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "x", "spiffe_prefix": "y"}""",
        "exactly one of spiffe_id or spiffe_prefix must be set", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "x"}""", "spiffe_id must start with spiffe://", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "SPIFFE://td/a"}""", "spiffe_id must start with spiffe://", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_prefix": "http://td/"}""", "spiffe_prefix must start with spiffe://", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a"}""", "exactly one of agent_id or agent_template must be set", 422)]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_id": "x", "agent_template": "y"}""",
        "exactly one of agent_id or agent_template must be set", 422)]
    public async Task The_rules_of_the_reference_answer_first_in_their_order_and_words(string body, string message, int status)
    {
        var reply = await Admin.Post(Path, body);

        Assert.That(reply.Message, Is.EqualTo(message));
        Assert.That((int)reply.Status, Is.EqualTo(status));
    }

    [TestCase("""{"trust_domain": "TD", "spiffe_id": "spiffe://TD/a", "agent_template": "name"}""", "trust_domain: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td//a", "agent_template": "name"}""", "spiffe_id: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/../a", "agent_template": "name"}""", "spiffe_id: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a%2fb", "agent_template": "name"}""", "spiffe_id: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a\u0000", "agent_template": "name"}""", "spiffe_id: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_prefix": "spiffe://td", "agent_template": "name"}""", "spiffe_prefix: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_prefix": "spiffe://td/a b", "agent_template": "name"}""", "spiffe_prefix: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_id": "{3c90c3cc-0d44-4b50-8888-8dd25736052a}"}""",
        "agent_id: must be a UUID")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a"}""",
        "agent_id: no such agent")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "ok\n{{.Nope}}"}""",
        "agent_template: line 2, column ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "{{"}""", "agent_template: line 1, column ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "a\u0000b"}""", "agent_template: ")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "name", "groups": ["a", "a"]}""",
        "groups: must not repeat")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "name", "groups": [" "]}""",
        "groups: must not be blank")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "name", "groups": [null]}""",
        "groups: must not be blank")]
    [TestCase("""{"trust_domain": "td", "spiffe_id": "spiffe://td/a", "agent_template": "name", "groups": ["a\u0000b"]}""",
        "groups: must not hold control or invisible characters, or surrounding blanks")]
    public async Task A_mapping_that_could_never_work_is_refused_when_it_is_written(string body, string message)
    {
        var reply = await Admin.Post(Path, body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Message, Does.StartWith(message));
    }

    [Test(Description = "CVE-2023-3518: an identity and the issuer that vouches for it must belong together.")]
    public async Task The_identity_belongs_to_the_trust_domain()
    {
        var id = await Admin.Post(Path, new { trust_domain = "one.test", spiffe_id = "spiffe://two.test/a", agent_template = "name" });
        var prefix = await Admin.Post(
            Path, new { trust_domain = "one.test", spiffe_prefix = "spiffe://one.test.evil/", agent_template = "name" });

        Assert.That(id.Message, Is.EqualTo("spiffe_id: belongs to the trust domain two.test, not to one.test"));
        Assert.That(prefix.Message, Is.EqualTo("spiffe_prefix: must begin with spiffe://one.test/"));
    }

    [TestCase("spiffe_id", "spiffe://two.test/a", "mappings_id_in_domain")]
    [TestCase("spiffe_id", "spiffe://one.test.evil", "mappings_id_in_domain")]
    [TestCase("spiffe_prefix", "spiffe://two.test/", "mappings_prefix_in_domain")]
    [TestCase("spiffe_prefix", "spiffe://one.testing/", "mappings_prefix_in_domain")]
    [Description("CVE-2023-3518, past the API.")]
    public async Task The_database_itself_refuses_an_identity_of_another_trust_domain(string column, string value, string constraint)
    {
        var insert =
            $"INSERT INTO spiffe.mappings (id, org_id, trust_domain, {column}, agent_template) VALUES (gen_random_uuid(), @org, 'one.test', @value, 'name')";

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => Gateway.Execute(insert, new { org = DefaultOrganization.Id, value }));

        Assert.That(refused!.ConstraintName, Is.EqualTo(constraint));
    }

    [Test(Description = "CVE-2026-35605, CVE-2026-54097, CVE-2026-50568, CVE-2026-26187, GHSA-gx7w-56w6-g48x: a prefix that ends inside a segment matches siblings.")]
    public async Task A_prefix_without_a_final_slash_is_accepted_with_a_warning()
    {
        var reply = await Admin.Post(
            Path, new { trust_domain = "open.test", spiffe_prefix = "spiffe://open.test/agent", agent_template = "name" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(reply["warnings"].EnumerateArray().First().GetString(), Does.Contain("spiffe://open.test/agent-other"));
    }

    [Test]
    public async Task Nobody_else_can_be_given_an_agent_of_this_organization()
    {
        var (_, foreigner) = await Gateway.CreateOrganization(Fresh("org"));
        var agent = await InsertAgent(Fresh("ours"));

        var reply = await foreigner.Post(Path, new { trust_domain = "f.test", spiffe_id = "spiffe://f.test/a", agent_id = agent });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Message, Is.EqualTo("agent_id: no such agent"));
    }

    [TestCase("spiffe_id", "spiffe://dup.test/a")]
    [TestCase("spiffe_prefix", "spiffe://dup.test/a/")]
    public async Task An_identity_or_a_prefix_is_taken_once_in_an_organization(string match, string value)
    {
        var body = JsonSerializer.Serialize(
            new Dictionary<string, string> { ["trust_domain"] = "dup.test", [match] = value, ["agent_template"] = "name" });
        await Admin.Post(Path, body);

        var again = await Admin.Post(Path, body);
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));
        var elsewhere = await other.Post(Path, body);

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(again.Message, Is.EqualTo("resource already exists"));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.Created), "another organization's mappings are not seen");
    }

    [TestCase("spiffe_id", "spiffe://race.test/a")]
    [TestCase("spiffe_prefix", "spiffe://race.test/a/")]
    public async Task Of_a_hundred_writers_at_once_exactly_one_wins(string match, string value)
    {
        var body = JsonSerializer.Serialize(
            new Dictionary<string, string> { ["trust_domain"] = "race.test", [match] = value, ["agent_template"] = "name" });

        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Admin.Post(Path, body)));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Conflict), Is.EqualTo(99));
    }

    [Test]
    public async Task The_audit_row_says_who_may_be_whom()
    {
        var reply = await Admin.Post(
            Path,
            new
            {
                trust_domain = "audit.test",
                spiffe_prefix = "spiffe://audit.test/x/",
                agent_template = "{{.WorkloadIdentifier}}",
                groups = new[] { "ops" }
            });

        var rows = await Gateway.AuditOf("spiffe_mapping");
        var row = rows.Single(one => one.ResourceId == reply.Text("id"));
        var fields = JsonDocument.Parse(row.Fields).RootElement;
        Assert.That(row.Action, Is.EqualTo("create"));
        Assert.That(row.ActorKind, Is.EqualTo("operator"));
        Assert.That(fields.GetProperty("match").GetString(), Is.EqualTo("spiffe://audit.test/x/*"));
        Assert.That(fields.GetProperty("target").GetString(), Is.EqualTo("{{.WorkloadIdentifier}}"));
        Assert.That(fields.GetProperty("groups").EnumerateArray().Single().GetString(), Is.EqualTo("ops"));
    }

    [Test]
    public async Task A_refused_mapping_leaves_no_row_and_no_audit()
    {
        await Admin.Post(Path, new { trust_domain = "gone.test", spiffe_id = "spiffe://gone.test/a", agent_id = Guid.NewGuid() });

        Assert.That(
            await Gateway.Query<int>("SELECT count(*)::int FROM spiffe.mappings WHERE trust_domain = 'gone.test'"),
            Is.EqualTo(new[] { 0 }));
        Assert.That(
            (await Gateway.AuditOf("spiffe_mapping")).Where(row => row.Fields.Contains("gone.test", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Only_an_admin_creates()
    {
        using var auditor = await ClientIn("auditor");
        using var standard = await ClientIn("devops");
        var body = new { trust_domain = "roles.test", spiffe_id = "spiffe://roles.test/a", agent_template = "name" };

        Assert.That((await auditor.Post(Path, body)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await standard.Post(Path, body)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Gateway.Anonymous.Post(Path, body)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
