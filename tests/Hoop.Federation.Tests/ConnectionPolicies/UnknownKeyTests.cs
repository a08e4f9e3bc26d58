using System.Net;
using System.Text.Json.Nodes;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.ConnectionPolicies;

/// <summary>A misspelt restriction restricts nothing, so nothing misspelt is taken.</summary>
public sealed class UnknownKeyTests : FederationFixture
{
    [TestCase("""{"project_id":"my-proj","allowed_email_domain":["example.com"]}""",
        "extra_config.allowed_email_domain: gcp_iam knows no such key; did you mean allowed_email_domains?")]
    [TestCase("""{"project_id":"my-proj","allowed_project":["x"]}""",
        "extra_config.allowed_project: gcp_iam knows no such key; did you mean allowed_projects?")]
    [TestCase("""{"project_id":"my-proj","Project_Id":"x"}""",
        "extra_config.Project_Id: gcp_iam knows no such key; did you mean project_id?")]
    [TestCase("""{"project_id":"my-proj","region":"eu"}""", "extra_config.region: gcp_iam knows no such key")]
    [TestCase("""{"project_id":123456789012}""",
        "extra_config.project_id: a project id is a text such as my-proj, not a number; the number of a project does not name it here")]
    [TestCase("""{"project_id":"My Project"}""", "extra_config.project_id: must be a Google project id such as my-proj")]
    [TestCase("""{"project_id":"my-proj","allowed_email_domains":"example.com"}""",
        "extra_config.allowed_email_domains: must be a list of domains such as example.com")]
    [TestCase("""{"project_id":"my-proj","allowed_email_domains":["@example.com"]}""",
        "extra_config.allowed_email_domains: must be a list of domains such as example.com")]
    [TestCase("""{"project_id":"my-proj","allowed_email_domains":["*.example.com"]}""",
        "extra_config.allowed_email_domains: must be a list of domains such as example.com")]
    public async Task A_key_or_value_that_means_nothing_is_refused_with_the_one_that_was_meant(string extra, string message)
    {
        var name = await CreateConnection();
        var body = PolicyWith(new() { ["extra_config"] = JsonNode.Parse(extra) });

        var put = await Gateway.Operator.Put($"/api/connections/{name}/federation", body);
        var test = await Gateway.Operator.Post("/api/federation/test", new
        {
            user_email = "alice@evil.test",
            config = body,
            connection = new { agent_id = PlayedAgents.Known, command = new[] { "bq", "query" }, test_script = "SELECT 1" },
        });

        Assert.That((put.Status, put.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
        Assert.That((test.Status, test.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [TestCase("fallback_polcy", "unknown member \"fallback_polcy\"; did you mean fallback_policy?")]
    [TestCase("token_ttl_second", "unknown member \"token_ttl_second\"; did you mean token_ttl_seconds?")]
    [TestCase("read_only_principal", "unknown member \"read_only_principal\"; did you mean readonly_principal?")]
    [TestCase("zzz", "unknown member \"zzz\"")]
    public async Task A_member_of_the_body_that_is_unknown_is_refused(string member, string message)
    {
        var reply = await Gateway.Operator.Put(
            $"/api/connections/{await CreateConnection()}/federation", PolicyWith(new() { [member] = "x" }));

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [Test]
    public async Task A_key_that_an_earlier_version_stored_is_warned_about_and_does_not_end_sessions()
    {
        var name = await CreateFederated();
        await Gateway.Execute("""UPDATE federation.policies SET extra_config = extra_config || '{"region": "eu"}'""");

        var policy = await Gateway.Operator.Get($"/api/connections/{name}/federation");

        Assert.That(
            policy["warnings"].EnumerateArray().Select(item => item.GetString()),
            Has.Some.StartWith("extra_config.region means nothing to gcp_iam"));
        Assert.That((await Resolve(name)).Environment, Is.Not.Null);
    }

    [Test]
    public async Task Set_and_get_warn_as_test_does_and_the_documents_own_policy_is_taken()
    {
        var name = await CreateConnection();
        var set = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith());
        var get = await Gateway.Operator.Get($"/api/connections/{name}/federation");
        var bound = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation",
                PolicyWith(new() { ["extra_config"] = new { project_id = Project, allowed_email_domains = new[] { "example.com" } } }));

        Assert.That(set.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(set["warnings"][0].GetString(), Does.EndWith("the line to add to extra_config: allowed_email_domains: [example.com]"));
        Assert.That(get["warnings"].GetRawText(), Is.EqualTo(set["warnings"].GetRawText()));
        Assert.That(bound.Body.TryGetProperty("warnings", out _), Is.False);
    }

    [TestCase(null, "is the user's own name")]
    [TestCase("{user.id}", "is the user's own name")]
    [TestCase("reader@my-proj.iam.gserviceaccount.com", "has no placeholder")]
    public async Task A_template_for_at_most_one_user_is_taken_with_a_warning(string? template, string told)
    {
        var reply = await Gateway.Operator.Put(
            $"/api/connections/{await CreateConnection()}/federation", PolicyWith(new() { ["identity_target_template"] = template }));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        Assert.That(reply["warnings"][0].GetString(), Does.Contain(told));
    }
}
