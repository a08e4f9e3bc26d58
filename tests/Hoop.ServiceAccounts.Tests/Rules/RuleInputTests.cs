using System.Net;
using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Tests.Issuers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Rules;

/// <summary>What a rule may say, what it says to tokens of every type of claim, and how many there may be.</summary>
public sealed class RuleInputTests
{
    private const string Issuer = "https://ci.example";
    private const string Good = """
        {"name":"rule","issuer":"https://ci.example","conditions":[{"claim":"kind","equals":"job"}],"account_name":"ci:{job}"}
        """;

    private IssuersGateway _issuers = null!;
    private int _names;

    private HttpClient Operator => _issuers.Gateway.Operator;

    [OneTimeSetUp]
    public async Task Start()
    {
        _issuers = await IssuersGateway.Start();
        await _issuers.Trust(new { issuer = Issuer, audiences = new[] { "hoop" } });
    }

    [OneTimeTearDown]
    public async Task Stop() => await _issuers.DisposeAsync();

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("""{"name":null}""", "name is required", 400);
        yield return Case("""{"name":""}""", "name is required", 400);
        yield return Case("""{"name":7}""", "name", 400);
        yield return Case("""{"name":"a b"}""", "name: 1 to 128 letters");
        yield return Case("""{"name":"-a"}""", "name: 1 to 128 letters");
        yield return Case("""{"issuer":null}""", "issuer is required", 400);
        yield return Case("""{"issuer":"https://other.example"}""", "issuer: is none that this organization trusts");
        yield return Case("""{"priority":1001}""", "priority: from -1000 to 1000");
        yield return Case("""{"priority":"1"}""", "priority", 400);
        yield return Case("""{"priority":1.5}""", "priority", 400);
        yield return Case("""{"conditions":null}""", "conditions: 1 to 20");
        yield return Case("""{"conditions":[]}""", "conditions: 1 to 20");
        yield return Case("""{"conditions":[null]}""", "conditions: each is an object");
        yield return Case("""{"conditions":"kind"}""", "conditions", 400);
        yield return Case("""{"conditions":[{"claim":"kind"}]}""", "exactly one of equals, one_of and glob");
        yield return Case("""{"conditions":[{"claim":"kind","equals":"a","glob":"b*"}]}""", "exactly one of equals, one_of and glob");
        yield return Case("""{"conditions":[{"equals":"a"}]}""", "the name of a claim");
        yield return Case("""{"conditions":[{"claim":"/","equals":"a"}]}""", "the name of a claim");
        yield return Case("""{"conditions":[{"claim":"a\u0000","equals":"a"}]}""", "the name of a claim");
        yield return Case("""{"conditions":[{"claim":"kind","equals":{}}]}""", "compare with texts");
        yield return Case("""{"conditions":[{"claim":"kind","equals":["a"]}]}""", "compare with texts");
        yield return Case("""{"conditions":[{"claim":"kind","one_of":[]}]}""", "one_of holds 1 to 100 values");
        yield return Case("""{"conditions":[{"claim":"kind","one_of":[null]}]}""", "compare with texts");
        yield return Case("""{"conditions":[{"claim":"kind","glob":"**"}]}""", "conditions: kind");
        yield return Case("""{"conditions":[{"claim":"kind","regex":".*"}]}""", "exactly one of equals, one_of and glob");
        yield return Case("""{"account_name":"{a}{b}"}""", "account_name");
        yield return Case("""{"account_name":"{a"}""", "account_name");
        yield return Case("""{"groups":[""]}""", "groups");
        yield return Case("""{"groups":["a","a"]}""", "groups");
        yield return Case("""{"groups":[null]}""", "groups");
        yield return Case("""{"lifetime_seconds":59}""", "lifetime_seconds: from 60 to 86400");
        yield return Case("""{"lifetime_seconds":86401}""", "lifetime_seconds: from 60 to 86400");
        yield return Case("""{"lifetime_seconds":9223372036854775807}""", "lifetime_seconds", 400);

        static TestCaseData Case(string change, string message, int status = 422) =>
            new TestCaseData(change, message, status).SetName($"{{m}}({change})");
    }

    [TestCaseSource(nameof(Wrong))]
    public async Task What_is_wrong_is_said_by_field_and_nothing_is_written(string change, string message, int status)
    {
        var reply = await Operator.Post("/api/serviceaccounts/rules", IssuersGateway.With(Good, change));

        Assert.That((int)reply.Status, Is.EqualTo(status), reply.Body.GetRawText());
        Assert.That(reply.Message, Does.Contain(message));
        Assert.That(
            (await Operator.Get("/api/serviceaccounts/rules")).Body.EnumerateArray().Select(rule => rule.GetProperty("name").GetString()),
            Has.None.EqualTo("rule"));
    }

    [TestCase("\"job\"", "\"job\"", true)]
    [TestCase("\"job\"", "\"Job\"", false)]
    [TestCase("\"job\"", "[\"x\",\"job\"]", true)]
    [TestCase("\"job\"", "[[\"job\"]]", false)]
    [TestCase("\"job\"", "{\"job\":\"job\"}", false)]
    [TestCase("\"job\"", "null", false)]
    [TestCase("1", "1", true)]
    [TestCase("1", "1.0", true)]
    [TestCase("1", "1e0", true)]
    [TestCase("1", "\"1\"", false)]
    [TestCase("1", "true", false)]
    [TestCase("1", "[2,1]", true)]
    [TestCase("9007199254740993", "9007199254740992", false)]
    [TestCase("true", "true", true)]
    [TestCase("true", "\"true\"", false)]
    [TestCase("true", "[false,true]", true)]
    [TestCase("false", "null", false)]
    [Description("A10: the same table, through the whole gateway")]
    public async Task A10_a_claim_of_each_type_meets_a_condition_of_each_type(string wanted, string claim, bool holds)
    {
        var kind = $"kind{Interlocked.Increment(ref _names)}";
        await Made($$"""
            {"name":"{{kind}}","issuer":"{{Issuer}}","conditions":[{"claim":"{{kind}}","equals":{{wanted}}}],"account_name":"{{kind}}:{job}"}
            """);

        var asked = await _issuers.Gateway.As(Job($$"""{"{{kind}}":{{claim}}}""")).Get("/api/userinfo");

        Assert.That((int)asked.Status, Is.EqualTo(holds ? 200 : 401));
        if (holds)
        {
            Assert.That(asked.Text("subject"), Is.EqualTo($"{kind}:7"));
        }
    }

    [Test]
    public async Task Every_condition_must_hold_and_the_test_of_a_token_says_which_does_not()
    {
        await Made("""
            {"name":"both","issuer":"https://ci.example","account_name":"both:{job}",
             "conditions":[{"claim":"both","equals":"a"},{"claim":"/deep/er","one_of":["x","y"]}]}
            """);

        var good = Job("""{"both":"a","deep":{"er":"y"}}""");
        var half = Job("""{"both":"a","deep":{"er":"z"}}""");
        var told = await Operator.Post("/api/issuers/test", new { token = half });

        Assert.That((await _issuers.Ask(good), await _issuers.Ask(half)), Is.EqualTo((200, 401)));
        var outcome = told["rules"].EnumerateArray().Single(rule => rule.GetProperty("rule").GetString() == "both");
        Assert.That(outcome.GetProperty("matches").GetBoolean(), Is.False);
        Assert.That(outcome.GetProperty("detail").GetString(), Does.Contain("/deep/er").And.Contain("z").And.Contain("its claims are"));
    }

    [Test]
    public async Task An_organization_has_so_many_rules_and_issuers_and_no_more()
    {
        await using var gateway = await TestGateway.Start(new()
        {
            ["HOOP_QUOTA_ISSUERS"] = "1", ["HOOP_QUOTA_SERVICE_ACCOUNT_RULES"] = "2",
        });
        JsonObject Of(string issuer) => _issuers.WithKeys(new { issuer, audiences = new[] { "hoop" } });
        Assert.That((await gateway.Operator.Post("/api/issuers", Of(Issuer))).Status, Is.EqualTo(HttpStatusCode.Created));
        var second = await gateway.Operator.Post("/api/issuers", Of("https://second.example"));
        var rules = new List<Reply>();
        foreach (var name in new[] { "one", "two", "three" })
        {
            rules.Add(await gateway.Operator.Post(
                "/api/serviceaccounts/rules", IssuersGateway.With(Good, $$"""{"name":"{{name}}"}""")));
        }

        Assert.That(second.Code, Is.EqualTo("quota_exceeded").Or.EqualTo("quota"));
        Assert.That(rules.Select(reply => reply.Response.IsSuccessStatusCode), Is.EqualTo(new[] { true, true, false }));
        await gateway.Operator.Delete($"/api/serviceaccounts/rules/{rules[0].Text("id")}");
        var again = await gateway.Operator.Post("/api/serviceaccounts/rules", IssuersGateway.With(Good, """{"name":"four"}"""));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Created), again.Message);
    }

    [Test]
    public async Task A_rule_is_read_by_its_id_and_what_is_no_id_is_told()
    {
        var id = (await Made(IssuersGateway.With(Good, """{"name":"read"}"""))).Text("id");
        var read = await Operator.Get($"/api/serviceaccounts/rules/{id}");
        var wrong = await Operator.Get("/api/serviceaccounts/rules/read");
        await Operator.Delete($"/api/serviceaccounts/rules/{id}");

        Assert.That((read.Text("name"), read["priority"].GetInt32()), Is.EqualTo(("read", 0)));
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Operator.Get($"/api/serviceaccounts/rules/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Operator.Put($"/api/serviceaccounts/rules/{id}", Good)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private string Job(string claims) => _issuers.Mint(IssuersGateway.With(
        $$"""{"iss":"{{Issuer}}","aud":"hoop","sub":"job-x","client_id":"ci","job":"7"}""", claims));

    private async Task<Reply> Made(string rule)
    {
        var reply = await Operator.Post("/api/serviceaccounts/rules", rule);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.GetRawText());
        return reply;
    }
}
