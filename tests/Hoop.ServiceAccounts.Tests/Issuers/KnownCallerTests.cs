using System.Net;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Tokens that were proven before, and strangers who come in numbers.</summary>
public sealed class KnownCallerTests
{
    [Test]
    public async Task A_provider_without_a_usable_key_is_not_well()
    {
        await using var accounts = await AccountsGateway.Start();
        await accounts.Create("robot");
        var token = accounts.Provider.MintAccessToken("robot");
        var before = await accounts.Ask(token);
        accounts.Provider.RemoveKey(accounts.Provider.SigningKey.KeyId);

        // An unknown key id makes the gateway look; what it finds is that there are no keys any more.
        await Eventually.True(
            async () =>
            {
                await accounts.Ask(
                    accounts.Provider.MintAccessToken("robot",
                        variant: new TokenVariant { Key = SigningKey.Create("RS256", $"unknown-{Guid.NewGuid()}") }));
                return (await Check(accounts)).GetProperty("status").GetString() == "degraded";
            },
            "health does not notice that every key is gone",
            TimeSpan.FromSeconds(30));

        Assert.That(before.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Check(accounts)).GetProperty("description").GetString(), Does.Contain("no usable key"));
        Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "a remembered token ends with its key");
    }

    [Test]
    public async Task A_token_is_remembered_with_the_keys_that_proved_it_and_judged_by_the_clock_each_time()
    {
        await using var accounts = await AccountsGateway.Start();
        await accounts.Create("robot");
        var token = accounts.Provider.MintAccessToken("robot");
        Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.OK));

        await accounts.Gateway.Operator.Put("/api/serviceaccounts/robot", new { status = "inactive" });
        Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "the account's row counts each time");
        await accounts.Gateway.Operator.Put("/api/serviceaccounts/robot", new { status = "active" });
        Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Known_callers_are_served_while_strangers_flood_with_costly_signatures()
    {
        await using var accounts = await AccountsGateway.Start("ES384");
        await accounts.Create("robot");
        var token = accounts.Provider.MintAccessToken("robot");
        Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.OK));
        using var forger = SigningKey.Create("ES384", accounts.Provider.SigningKey.KeyId);
        using var stop = new CancellationTokenSource();
        var flooding = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var statuses = new List<HttpStatusCode>();
            while (!stop.IsCancellationRequested)
            {
                statuses.Add(
                    (await accounts.Ask(accounts.Provider.MintAccessToken("robot", variant: new TokenVariant { Key = forger }))).Status);
            }

            return statuses;
        })).ToList();

        for (var i = 0; i < 50; i++)
        {
            Assert.That((await accounts.Ask(token)).Status, Is.EqualTo(HttpStatusCode.OK), "a caller that was known before");
        }

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(flooding)).SelectMany(list => list).ToList();
        Assert.That(answers, Is.Not.Empty);
        Assert.That(answers, Has.All.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    private static async Task<System.Text.Json.JsonElement> Check(AccountsGateway accounts) =>
        (await accounts.Gateway.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("issuer_keys");
}
