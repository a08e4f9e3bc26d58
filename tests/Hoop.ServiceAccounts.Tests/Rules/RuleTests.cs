using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Tests.Issuers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Rules;

/// <summary>/api/serviceaccounts/rules: accounts that follow from claims.</summary>
public sealed class RuleTests
{
    private const string GitHub = "https://token.actions.githubusercontent.com";
    private const string Cluster = "https://cluster.test";
    private const string Job = """
        {"iss":"https://token.actions.githubusercontent.com","aud":"hoop","sub":"repo:octo/app:ref:refs/heads/main","repository":"octo/app",
         "repository_owner":"octo","repository_owner_id":"6004","run_id":"1","ref":"refs/heads/main","environment":"prod"}
        """;

    private IssuersGateway _issuers = null!;

    private HttpClient Operator => _issuers.Gateway.Operator;

    [SetUp]
    public async Task Start()
    {
        _issuers = await IssuersGateway.Start();
        await _issuers.Trust(new { preset = "github", audiences = new[] { "hoop" } });
        await _issuers.Trust(new { issuer = Cluster, preset = "kubernetes", audiences = new[] { "hoop" } });
    }

    [TearDown]
    public async Task Stop() => await _issuers.DisposeAsync();

    [Test]
    public async Task A_job_has_the_account_that_its_rule_makes_and_no_other_job_has_it()
    {
        await Made(new { name = "deploy", issuer = GitHub, github = new { owner = "octo", repository = "octo/app", branch = "main" },
            account_name = "github:{repository}", groups = new[] { "deployers" } });

        var who = await _issuers.Gateway.As(_issuers.Mint(Job)).Get("/api/userinfo");

        Assert.That(who.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(who.Text("id"), Is.EqualTo("github:octo/app"));
        Assert.That(who["groups"][0].GetString(), Is.EqualTo("deployers"));
        foreach (var change in new[] { """{"ref":"refs/heads/x"}""", """{"repository":"octo/other"}""", """{"repository_owner":"evil"}""",
            """{"ref":null}""", """{"ref":["refs/heads/x"]}""" })
        {
            Assert.That(await _issuers.Ask(_issuers.Mint(IssuersGateway.With(Job, change))), Is.EqualTo(401), change);
        }
    }

    [Test]
    public async Task A_change_of_a_rule_counts_with_the_next_request()
    {
        var id = (await Made(Deploy())).Text("id");
        var token = _issuers.Mint(Job);
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));

        var moved = Deploy();
        moved["github"]!["branch"] = "release";
        Assert.That((await Operator.Put($"/api/serviceaccounts/rules/{id}", moved)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await _issuers.Ask(token), Is.EqualTo(401));
        await Operator.Put($"/api/serviceaccounts/rules/{id}", Deploy());
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));
        Assert.That((await Operator.Delete($"/api/serviceaccounts/rules/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await _issuers.Ask(token), Is.EqualTo(401));
        Assert.That((await _issuers.Gateway.AuditOf("service_account_rule")).Select(row => row.Action),
            Is.EqualTo(new[] { "create", "update", "update", "delete" }));
    }

    [Test]
    public async Task Switching_off_one_resulting_account_wins_over_its_rule()
    {
        await Made(Deploy());
        var token = _issuers.Mint(Job);
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));

        await Operator.Post("/api/serviceaccounts", new { issuer = GitHub, subject = "github:octo/app", status = "inactive" });
        Assert.That(await _issuers.Ask(token), Is.EqualTo(401), "by the account's name");
        await Operator.Delete("/api/serviceaccounts?subject=github:octo/app");
        Assert.That(await _issuers.Ask(token), Is.EqualTo(200));
        await Operator.Post("/api/serviceaccounts",
            new { issuer = GitHub, subject = "repo:octo/app:ref:refs/heads/main", status = "inactive", groups = Array.Empty<string>() });
        Assert.That(await _issuers.Ask(token), Is.EqualTo(401), "by the token's own subject");
    }

    [Test]
    public async Task The_highest_priority_wins_and_the_trail_and_the_test_say_which()
    {
        await Made(Deploy("weak", groups: ["admin"]));
        await Made(Deploy("strong", 5, ["admin"]));
        await Made(new { name = "other", issuer = GitHub, github = new { owner = "octo", environment = "staging" } });
        var token = _issuers.Mint(Job);

        var made = await _issuers.Gateway.As(token).Post("/api/agents", new { name = "by-rule" });
        var test = await Operator.Post("/api/issuers/test", new { token });

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created));
        var row = (await _issuers.Gateway.AuditOf("agent")).Single();
        Assert.That(JsonDocument.Parse(row.Fields).RootElement.GetProperty("actor_rule").GetString(), Is.EqualTo("strong"));
        Assert.That(row.ActorSubject, Is.EqualTo("github:octo/app"));
        Assert.That(test["accepted"].GetBoolean(), Is.True, test.Body.GetRawText());
        var outcomes = test["rules"].EnumerateArray().Select(
            rule => (rule.GetProperty("rule").GetString(), rule.GetProperty("matches").GetBoolean()));
        Assert.That(outcomes, Is.EqualTo(new[] { ("strong", true), ("other", false), ("weak", true) }));
        Assert.That(
            test["rules"][1].GetProperty("detail").GetString(),
            Does.Contain("environment = staging does not hold: the token has prod").And.Contain("repository_owner_id"), "A11");
        Assert.That(test["steps"].EnumerateArray().Last().GetProperty("detail").GetString(), Does.Contain("the rule strong"));
    }

    [TestCase("""{"conditions":[{"claim":"ref","equals":"refs/heads/main"}]}""", TestName = "A branch alone")]
    [TestCase("""{"conditions":[{"claim":"repository","glob":"*/app"}]}""", TestName = "The repository of anybody")]
    [TestCase("""{"conditions":[{"claim":"repository_owner","glob":"o*"}]}""", TestName = "Owners that begin alike")]
    [TestCase("""{"conditions":[{"claim":"sub","glob":"repo:oct*/app:**"}]}""", TestName = "A subject whose owner is a pattern")]
    [TestCase("""{"conditions":[{"claim":"job_workflow_ref","equals":"octo/ci/.github/workflows/a.yml@refs/heads/main"}]}""",
        TestName = "A workflow that anybody may call")]
    public async Task A_rule_on_a_shared_issuer_that_names_no_owner_is_refused_with_the_reason(string conditions)
    {
        var body = JsonNode.Parse(conditions)!.AsObject();
        (body["name"], body["issuer"]) = ("open", GitHub);

        var reply = await Operator.Post("/api/serviceaccounts/rules", body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Message, Does.Contain("signs for everybody who uses it").And.Contain("repository_owner_id"));
    }

    [TestCase("""[{"claim":"repository_owner_id","equals":"6004"},{"claim":"repository","equals":"octo/app"}]""", 1)]
    [TestCase("""[{"claim":"sub","glob":"repo:octo/app:**"},{"claim":"repository_owner_id","equals":"6004"}]""", 1)]
    [TestCase("""[{"claim":"sub","glob":"repo:octo/app:ref:refs/heads/*"},{"claim":"repository_owner_id","equals":"6004"}]""", 1)]
    [TestCase("""[{"claim":"repository","equals":"octo/app"},{"claim":"environment","equals":"prod"}]""", 1)]
    [TestCase("""[{"claim":"repository_owner_id","equals":"6004"},{"claim":"environment","equals":"prod"}]""", 0)]
    [Description("A11")]
    public async Task A_rule_that_lets_every_branch_deploy_or_trusts_a_name_says_so(string conditions, int warnings)
    {
        var made = await Made(new { name = "wide", issuer = GitHub, conditions = JsonNode.Parse(conditions) });

        var told = made.Body.TryGetProperty("warnings", out var list) ? list.GetArrayLength() : 0;
        Assert.That(told, Is.EqualTo(warnings), made.Body.GetRawText());
    }

    [TestCase("{/kubernetes.io/namespace}-{/kubernetes.io/serviceaccount/name}", TestName = "A hyphen is legal in both")]
    [TestCase("{/kubernetes.io/namespace}{/kubernetes.io/serviceaccount/name}", TestName = "Nothing in between")]
    [TestCase("{repository}/{ref}", TestName = "A slash is legal in both")]
    [TestCase("a:{sub}:{ref}", TestName = "A colon is legal in sub")]
    [TestCase("constant", TestName = "No claim at all")]
    [TestCase("{unclosed", TestName = "No template")]
    [Description("A12")]
    public async Task A_name_that_two_inputs_can_reach_is_refused(string template)
    {
        var reply = await Operator.Post("/api/serviceaccounts/rules",
            new { name = "names", issuer = Cluster, kubernetes = new { @namespace = "ci" }, account_name = template });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Message, Does.StartWith("account_name: "));
    }

    [Test]
    [Description("A12")]
    public async Task Two_workloads_of_a_cluster_never_become_one()
    {
        await Made(new { name = "pods", issuer = Cluster, conditions = new[] { new { claim = "sub", glob = "system:serviceaccount:*:*" } },
            account_name = "k8s:{/kubernetes.io/namespace}/{/kubernetes.io/serviceaccount/name}" });

        Assert.That(await Name("a-b", "c"), Is.EqualTo("k8s:a-b/c"));
        Assert.That(await Name("a", "b-c"), Is.EqualTo("k8s:a/b-c"));
        Assert.That(await _issuers.Ask(Pod("a/b", "c")), Is.EqualTo(401), "a part that holds the divider");

        async Task<string?> Name(string space, string account) =>
            (await _issuers.Gateway.As(_issuers.Mint(PodClaims(space, account), type: null)).Get("/api/userinfo")).Text("id");
        string Pod(string space, string account) => _issuers.Mint(PodClaims(space, account), type: null);
    }

    [Test]
    public async Task A_lifetime_ends_before_the_token()
    {
        var rule = Deploy();
        rule["lifetime_seconds"] = 60;
        await Made(rule);
        var old = DateTimeOffset.UtcNow.AddSeconds(-90).ToUnixTimeSeconds();

        Assert.That(await _issuers.Ask(_issuers.Mint(Job)), Is.EqualTo(200));
        Assert.That(await _issuers.Ask(_issuers.Mint(IssuersGateway.With(Job, $$"""{"iat":{{old}}}"""))), Is.EqualTo(401));
        Assert.That(await _issuers.Ask(_issuers.Mint(IssuersGateway.With(Job, """{"iat":null}"""))), Is.EqualTo(401), "no iat");
    }

    [Test]
    public async Task Another_organization_neither_sees_nor_changes_it()
    {
        var id = (await Made(Deploy())).Text("id");
        var (_, other) = await _issuers.Gateway.CreateOrganization("other");

        Assert.That((await other.Get($"/api/serviceaccounts/rules/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Delete($"/api/serviceaccounts/rules/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await other.Get("/api/serviceaccounts/rules")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await other.Post("/api/serviceaccounts/rules", Deploy())).Code, Is.EqualTo("unknown_issuer"));
        Assert.That((await Operator.Post("/api/serviceaccounts/rules", Deploy())).Code, Is.EqualTo("rule_exists"));
    }

    private static string PodClaims(string space, string account) => $$$"""
        {"iss":"{{{Cluster}}}","aud":["hoop"],"sub":"system:serviceaccount:{{{space}}}:{{{account}}}",
         "kubernetes.io":{"namespace":"{{{space}}}","serviceaccount":{"name":"{{{account}}}"} } }
        """;

    private static JsonObject Deploy(string name = "deploy", int priority = 0, string[]? groups = null) => new()
    {
        ["name"] = name,
        ["issuer"] = GitHub,
        ["priority"] = priority,
        ["github"] = new JsonObject { ["owner"] = "octo", ["repository"] = "octo/app", ["branch"] = "main" },
        ["account_name"] = "github:{repository}",
        ["groups"] = new JsonArray([.. (groups ?? []).Select(group => JsonValue.Create(group))]),
    };

    private async Task<Reply> Made(object rule)
    {
        var reply = await Operator.Post("/api/serviceaccounts/rules", rule);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.GetRawText());
        return reply;
    }
}
