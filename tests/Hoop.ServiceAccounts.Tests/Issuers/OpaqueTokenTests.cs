using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Issuers;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Access tokens that are no JWTs: the issuer is asked, and nobody else.</summary>
public sealed class OpaqueTokenTests
{
    private IntrospectionWorld _world = null!;

    private IdentityProviderStandIn Provider => _world.Provider;

    [OneTimeSetUp]
    public async Task Start()
    {
        _world = await IntrospectionWorld.Start();
        await _world.Trust();
        await _world.Account("robot");
    }

    [OneTimeTearDown]
    public Task Stop() => _world.DisposeAsync().AsTask();

    [SetUp]
    public void Mend() => Provider.Introspection.Fault = DocumentFault.None;

    [Test]
    public async Task An_active_token_is_its_account_and_the_issuer_is_asked_once()
    {
        var token = Provider.IssueOpaqueToken("robot");
        var before = Provider.Introspection.Requests;

        Assert.That(await _world.Ask(token), Is.EqualTo(200));
        Assert.That(await _world.Ask(token), Is.EqualTo(200));
        Assert.That(Provider.Introspection.Requests, Is.EqualTo(before + 1));
        Assert.That(await _world.Ask(Provider.MintAccessToken("robot")), Is.EqualTo(200), "its JWTs are verified as ever");
        Assert.That(Provider.Introspection.Requests, Is.EqualTo(before + 1));
    }

    [Test]
    public async Task Claims_that_are_not_there_need_not_be()
    {
        var token = Provider.IssueOpaqueToken("robot", changes: new Dictionary<string, JsonNode?> { ["iss"] = null, ["iat"] = null });

        Assert.That(await _world.Ask(token), Is.EqualTo(200));
    }

    private static IEnumerable<TestCaseData> Refusals()
    {
        yield return Case("inactive", "inactive_token", """{"active":false}""");
        yield return Case("inactive, with everything else", "inactive_token", Good("\"active\":false"));
        yield return Case("active as text", "inactive_token", Good("\"active\":\"true\""));
        yield return Case("active as a number", "inactive_token", Good("\"active\":1"));
        yield return Case("nothing about active", "malformed", """{"sub":"robot"}""");
        yield return Case("a list", "malformed", "[true]");
        yield return Case("no JSON", "malformed", "active");
        yield return Case("a member twice", "malformed", Good("\"active\":true,\"sub\":\"other\""));
        yield return Case("active twice", "malformed", Good("\"active\":false,\"active\":true"));
        yield return Case("another issuer", "issuer", Good(iss: "\"https://other.example\""));
        yield return Case("an issuer that is a number", "malformed", Good(iss: "7"));
        yield return Case("another audience", "audience", Good(aud: "\"https://other.example\""));
        yield return Case("no audience", "audience", Good(aud: "[]"));
        yield return Case("no end", "malformed", Good(exp: "null"));
        yield return Case("an end as text", "malformed", Good(exp: "\"4102444800\""));
        yield return Case("past its end", "expired", Good(exp: "1000"));
        yield return Case("not begun", "not_yet_valid", Good("\"active\":true,\"nbf\":4102444800"));
        yield return Case("bound to its sender", "sender_constrained", Good("\"active\":true,\"cnf\":{\"jkt\":\"x\"}"));
        yield return Case("of DPoP", "type", Good(type: "\"token_type\":\"DPoP\""));
        yield return Case("a refresh token by token_use", "type", Good(type: "\"token_type\":\"Bearer\",\"token_use\":\"refresh_token\""));
        yield return Case("a refresh token by typ", "type", Good(type: "\"token_type\":\"Bearer\",\"typ\":\"Refresh\""));
        yield return Case("of no kind", "type", Good(type: "\"scope\":\"all\""));
        yield return Case("of nobody", "subject", Good(sub: "\"\""));
        yield return Case("a SPIFFE ID", "subject", Good(sub: "\"spiffe://example.org/a\""));
        yield return Case("a stranger", "unknown_account", Good(sub: "\"stranger\""));

        static string Good(
            string active = "\"active\":true",
            string iss = "null0",
            string aud = "\"https://hoop.test\"",
            string exp = "4102444800",
            string sub = "\"robot\"",
            string type = "\"token_type\":\"Bearer\"") =>
            $"{{{active},{(iss == "null0" ? "" : $"\"iss\":{iss},")}\"aud\":{aud},\"exp\":{exp},\"sub\":{sub},{type}}}";

        static TestCaseData Case(string name, string code, string answer) => new TestCaseData(code, answer).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task A_token_that_is_told_to_be_something_else_is_refused(string code, string answer)
    {
        var token = Provider.IssueOpaqueToken("robot");
        Provider.Tell(token, answer);

        var status = await _world.Ask(token);
        var verdict = await _world.Gateway.Services.GetRequiredService<OpaqueTokens>().Verify(token, named: null, CancellationToken.None);
        var test = await _world.Gateway.Operator.Post("/api/issuers/test", new { token });

        Assert.That(status, Is.EqualTo(401));
        Assert.That(verdict.Refusal?.Code ?? "unknown_account", Is.EqualTo(code));
        Assert.That(_world.Gateway.Logs.Lines, Has.None.Contain(token));
        Assert.That(test["accepted"].GetBoolean(), Is.False);
        Assert.That(test["steps"].EnumerateArray().Count(step => !step.GetProperty("accepted").GetBoolean()), Is.GreaterThan(0));
    }

    [TestCase(DocumentFault.Down)]
    [TestCase(DocumentFault.ServerError)]
    [TestCase(DocumentFault.Html)]
    [TestCase(DocumentFault.Oversize)]
    [TestCase(DocumentFault.RedirectLoop)]
    [TestCase(DocumentFault.CutBody)]
    public async Task While_the_issuer_cannot_be_asked_the_token_may_come_again(DocumentFault fault)
    {
        var token = Provider.IssueOpaqueToken("robot");
        Provider.Introspection.Fault = fault;
        var before = Provider.Introspection.Requests;

        await Eventually.True(
            async () => await _world.Ask(token) == 503 && Provider.Introspection.Requests > before, "the fault is not met");
        Assert.That((await _world.Gateway.Operator.Get("/api/userinfo")).Status, Is.EqualTo(System.Net.HttpStatusCode.OK));
        Provider.Introspection.Fault = DocumentFault.None;

        await Eventually.True(async () => await _world.Ask(token) == 200, "it is not asked again");
    }

    [Test]
    public async Task What_has_a_shape_of_the_gateways_own_is_never_shown_to_the_issuer()
    {
        var before = Provider.Introspection.Requests;
        foreach (var token in new[]
        {
            "hpk_" + new string('a', 43), "hvs." + new string('a', 43), "xagt-" + new string('a', 43), TestGateway.AdminToken,
            Provider.MintAccessToken("robot", audience: "other"), "a.b.c",
        })
        {
            await _world.Ask(token);
            await _world.Ask(token, Provider.Issuer);
        }

        Assert.That(Provider.Introspection.Requests, Is.EqualTo(before));
    }

    [Test]
    public async Task The_test_says_step_by_step_what_the_issuer_told()
    {
        var reply = await _world.Gateway.Operator.Post("/api/issuers/test", new { token = Provider.IssueOpaqueToken("robot") });

        Assert.That(reply["accepted"].GetBoolean(), Is.True, reply.Body.GetRawText());
        Assert.That(
            reply["steps"].EnumerateArray().Select(step => step.GetProperty("step").GetString()),
            Is.EqualTo(new[] { "issuer", "introspection", "iss", "type", "audience", "required_claims", "subject", "times", "account" }));
    }

    [Test]
    public async Task A_rule_takes_what_the_issuer_told()
    {
        var rule = await _world.Gateway.Operator.Post("/api/serviceaccounts/rules", new
        {
            name = "opaque-" + Guid.NewGuid(),
            issuer = Provider.Issuer,
            conditions = new object[] { new { claim = "team", equals = "build" } },
            account_name = "build:{sub}",
            groups = Array.Empty<string>(),
        });
        Assert.That((int)rule.Status, Is.EqualTo(201), rule.Body.GetRawText());

        var token = Provider.IssueOpaqueToken("j1", changes: new Dictionary<string, JsonNode?> { ["team"] = "build" });
        Assert.That(await _world.Ask(token), Is.EqualTo(200));
        Assert.That(await _world.Ask(Provider.IssueOpaqueToken("j1")), Is.EqualTo(401));
    }
}
