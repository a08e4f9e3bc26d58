using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Shared.Jose;
using Hoop.StandIns;
using Hoop.Testing;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Key sets and discovery documents as providers really send them, each served by a tiny provider of its own.</summary>
public sealed class IssuerKeysTests
{
    private static readonly Testing.Jose.SigningKey Key = Testing.Jose.SigningKey.Create(JwsAlgorithm.RS256, "r1");

    [Test]
    public async Task A_provider_that_lists_its_key_once_for_each_algorithm_is_believed()
    {
        var ready = await Ready(
            JsonTexts.KeySet(new[] { "RS256", "RS384", "RS512" }.Select(algorithm => With(Key.Jwk("sig"), "alg", algorithm))));

        Assert.That(ready.GetProperty("status").GetString(), Is.EqualTo("ok"));
        Assert.That(ready.GetProperty("data").GetProperty("keys").GetInt32(), Is.EqualTo(1));
    }

    [TestCase(null, 200)]
    [TestCase("EdDSA", 200)]
    [TestCase("Ed25519", 200)]
    [TestCase("RS256", 401)]
    public async Task An_issuer_may_sign_with_EdDSA_unless_its_algorithms_say_otherwise(string? algorithm, int status)
    {
        await using var issuers = await IssuersGateway.Start();
        var key = Testing.Jose.SigningKey.Create(JwsAlgorithm.EdDSA, "e1");
        var settings = new JsonObject
        {
            ["issuer"] = "https://edwards.test", ["audiences"] = new JsonArray("a"), ["jwks"] = JsonNode.Parse(JsonTexts.KeySet(key.Jwk("sig"))),
        };
        if (algorithm is not null)
        {
            settings["algorithms"] = new JsonArray(algorithm);
        }

        await issuers.Trust(settings);
        await issuers.Account("https://edwards.test", "c");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = key.Sign($$"""{"iss":"https://edwards.test","aud":"a","sub":"c","iat":{{now}},"exp":{{now + 300}}}""");
        var parts = token.Split('.');

        Assert.That(await issuers.Ask(token), Is.EqualTo(status));
        Assert.That(
            await issuers.Ask(key.Sign(
                """{"alg":"Ed25519","kid":"e1","typ":"at+jwt"}""",
                $$"""{"iss":"https://edwards.test","aud":"a","sub":"c","iat":{{now}},"exp":{{now + 300}}}""")),
            Is.EqualTo(status),
            "as RFC 9864 calls it");
        Assert.That(await issuers.Ask($"{parts[0]}.{parts[1]}.{new string('A', 86)}"), Is.EqualTo(401));
    }

    [Test]
    public async Task Keys_for_encryption_alone_are_not_well_and_the_reason_is_told()
    {
        var ready = await Ready(JsonTexts.KeySet(Key.Jwk("enc")));

        Assert.That(ready.GetProperty("status").GetString(), Is.EqualTo("degraded"));
        Assert.That(
            ready.GetProperty("data").GetProperty("skipped")[0].GetString(),
            Is.EqualTo("kid r1: it is for another use (enc), not for signatures"));
    }

    [Test]
    [Description("OIDC Core 10.1 allows a single key without kid; ADR 4 does not")]
    public async Task A_single_key_without_kid_is_not_used_and_the_reason_is_told()
    {
        var nameless = Key.Jwk("sig");
        nameless.Remove("kid");

        var ready = await Ready(JsonTexts.KeySet(nameless));

        Assert.That(ready.GetProperty("status").GetString(), Is.EqualTo("degraded"));
        Assert.That(ready.GetProperty("data").GetProperty("skipped")[0].GetString(), Is.EqualTo("a key without kid: no token can name it"));
    }

    [Test]
    public async Task A_byte_order_mark_in_front_of_either_document_is_skipped() =>
        Assert.That(
            (await Ready("\uFEFF" + JsonTexts.KeySet(Key.Jwk("sig")), mark: "\uFEFF")).GetProperty("status").GetString(), Is.EqualTo("ok"));

    [TestCase(DocumentFault.Redirect, false)]
    [TestCase(DocumentFault.None, true)]
    public async Task Neither_discovery_nor_the_key_set_may_redirect(DocumentFault discovery, bool keysRedirect)
    {
        await using var provider = await IdentityProviderStandIn.Start("aud");
        await using var other = await IdentityProviderStandIn.Start("aud");
        (provider.Discovery.Fault, provider.Discovery.RedirectTarget) = (discovery, other.DiscoveryUrl);
        (provider.Jwks.Fault, provider.Jwks.RedirectTarget) = (keysRedirect ? DocumentFault.Redirect : DocumentFault.None, other.JwksUrl);
        await using var gateway = await TestGateway.Start(new() { ["HOOP_OIDC_ISSUER"] = provider.Issuer, ["HOOP_OIDC_AUDIENCE"] = "aud" });

        var ready = await Check(gateway);

        Assert.That(ready.GetProperty("status").GetString(), Is.EqualTo("degraded"));
        Assert.That(ready.GetProperty("data").GetProperty("last_error").GetString(), Is.EqualTo("outbound_redirect_refused"));
        Assert.That(other.Discovery.Requests + other.Jwks.Requests, Is.Zero);
    }

    private static JsonObject With(JsonObject jwk, string member, string value)
    {
        jwk[member] = value;
        return jwk;
    }

    private static async Task<JsonElement> Ready(string keySet, string mark = "")
    {
        await using var server = await TinyProvider.Start(keySet, mark);
        await using var gateway = await TestGateway.Start(new() { ["HOOP_OIDC_ISSUER"] = server.Issuer, ["HOOP_OIDC_AUDIENCE"] = "aud" });
        return await Check(gateway);
    }

    private static async Task<JsonElement> Check(TestGateway gateway) =>
        (await gateway.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("issuer_keys");
}
