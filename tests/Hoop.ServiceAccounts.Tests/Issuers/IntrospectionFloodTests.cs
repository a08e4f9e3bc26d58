using Hoop.ServiceAccounts.Issuers;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Strangers who make up opaque tokens in numbers, and what the provider answers about odd ones.</summary>
[Description("A14, A15")]
public sealed class IntrospectionFloodTests
{
    private const string Invented = "made-up-";

    private readonly StillClock _clock = new();
    private IntrospectionWorld _world = null!;

    private IdentityProviderStandIn Provider => _world.Provider;

    [SetUp]
    public async Task Start()
    {
        _world = await IntrospectionWorld.Start(_clock, ("HOOP_TRUSTED_PROXIES", "127.0.0.1"));
        await _world.Trust();
        await _world.Account("robot");
    }

    [TearDown]
    public Task Stop() => _world.DisposeAsync().AsTask();

    [Test]
    public async Task A14_while_strangers_hold_every_place_that_they_can_get_a_known_token_is_asked_about_again()
    {
        var known = Provider.IssueOpaqueToken("robot");
        Assert.That(await Ask(known, "203.0.113.1"), Is.EqualTo(200));
        Provider.Odd = token => token.StartsWith(Invented, StringComparison.Ordinal) ? new OddAnswer(null) : null;
        using var flood = new CancellationTokenSource();
        var before = Provider.Introspection.Requests;

        var strangers = Enumerable.Range(0, 100).Select(i => Ask(Invented + i, $"198.51.100.{i % 50}", flood.Token)).ToList();
        await Eventually.True(
            () => Provider.Introspection.Requests >= before + IntrospectionSlots.OfStrangers, () => "the flood does not come");

        // What was told counts for a minute; then the provider is asked again.
        _clock.Pass(OpaqueTokens.Longest + TimeSpan.FromSeconds(1));
        Assert.That(await Ask(known, "203.0.113.1"), Is.EqualTo(200));
        _clock.Pass(OpaqueTokens.Longest + TimeSpan.FromSeconds(1));
        Assert.That(await Ask(known, "198.51.100.1"), Is.EqualTo(200), "also from an address that strangers have, too");
        await flood.CancelAsync();
        Assert.That(async () => await Task.WhenAll(strangers), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A14_one_address_with_made_up_tokens_does_not_hold_up_a_new_token_of_another()
    {
        Provider.Odd = token => token.StartsWith(Invented, StringComparison.Ordinal) ? new OddAnswer(null) : null;
        using var flood = new CancellationTokenSource();
        var before = Provider.Introspection.Requests;
        var strangers = Enumerable.Range(0, 100).Select(i => Ask(Invented + i, "198.51.100.7", flood.Token)).ToList();
        await Eventually.True(
            () => strangers.Count(one => one.IsCompletedSuccessfully && one.Result == 503) >= 100 - IntrospectionSlots.OfAddress,
            () => "the others are not told to come again");

        Assert.That(Provider.Introspection.Requests - before, Is.LessThanOrEqualTo(IntrospectionSlots.OfAddress));
        Assert.That(await Ask(Provider.IssueOpaqueToken("robot"), "203.0.113.2"), Is.EqualTo(200));
        await flood.CancelAsync();
        Assert.That(async () => await Task.WhenAll(strangers), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task What_a_strangers_token_does_to_the_provider_does_not_keep_others_from_asking()
    {
        var known = Provider.IssueOpaqueToken("robot");
        Assert.That(await Ask(known, "203.0.113.1"), Is.EqualTo(200));
        Provider.Introspection.Fault = DocumentFault.Down;
        Assert.That(await Ask(Invented, "198.51.100.8"), Is.EqualTo(503));
        Provider.Introspection.Fault = DocumentFault.None;
        var asked = Provider.Introspection.Requests;

        Assert.That(await Ask(Invented + "2", "198.51.100.8"), Is.EqualTo(503), "who made it fail waits a moment");
        Assert.That(Provider.Introspection.Requests, Is.EqualTo(asked));
        _clock.Pass(IntrospectionEndpoint.Rest / 2);
        Assert.That(await Ask(Provider.IssueOpaqueToken("robot"), "203.0.113.3"), Is.EqualTo(200));
        _clock.Pass(IntrospectionEndpoint.Rest);
        Assert.That(await Ask(Invented + "3", "198.51.100.8"), Is.EqualTo(401));
    }

    [TestCase(400, """{"error":"invalid_request"}""", 401)]
    [TestCase(400, "<html>odd</html>", 401)]
    [TestCase(400, "", 401)]
    [TestCase(400, "[]", 401)]
    [TestCase(400, """{"error":["invalid_client"]}""", 401)]
    [TestCase(400, """{"active":true,"sub":"robot","exp":4102444800,"aud":"https://hoop.test","token_type":"Bearer"}""", 401)]
    [TestCase(400, """{"error":"invalid_client"}""", 503)]
    [TestCase(400, """{"error":"unauthorized_client"}""", 503)]
    [TestCase(401, """{"error":"invalid_client"}""", 503)]
    [TestCase(403, "", 503)]
    [TestCase(404, "", 503)]
    [TestCase(405, "", 503)]
    [TestCase(429, "", 503)]
    public async Task What_is_answered_about_an_odd_token_is_about_the_token_or_about_the_gateway(int status, string body, int answer)
    {
        Provider.Odd = token => token.StartsWith(Invented, StringComparison.Ordinal) ? new OddAnswer(status, body) : null;

        Assert.That(await Ask(Invented + "1", "198.51.100.9"), Is.EqualTo(answer));
        Assert.That(await Ask(Invented + "2", "198.51.100.10"), Is.EqualTo(answer));
        Assert.That(await Ask(Provider.IssueOpaqueToken("robot"), "203.0.113.4"), Is.EqualTo(200), "and other tokens go on");
        var told = _world.Gateway.Logs.Lines.Count(
            line => line.Contains("does not let this gateway ask about opaque tokens", StringComparison.Ordinal));
        var isOurs = status is 401 or 403 || body.Contains("_client\"}", StringComparison.Ordinal);
        Assert.That(told, Is.EqualTo(isOurs ? 1 : 0), "the operator is told once in a while, when it is the gateway that is not let in");
        Assert.That(_world.Gateway.Logs.Lines, Has.None.Contain(Invented).And.None.Contain(_world.Secret));
    }

    private async Task<int> Ask(string token, string address, CancellationToken cancellationToken = default)
    {
        using var client = _world.Gateway.As(token);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        using var response = await client.GetAsync("/api/userinfo", cancellationToken);
        return (int)response.StatusCode;
    }
}
