using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.StandIns;

/// <summary>Tokens and key documents of the two issuers, checked with nothing but .NET's cryptography.</summary>
public sealed class IssuerStandInTests
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    [TestCase("RS256")]
    [TestCase("PS384")]
    [TestCase("ES256")]
    [TestCase("ES384")]
    [TestCase("ES512")]
    public async Task An_svid_verifies_with_the_key_of_the_served_bundle(string algorithm)
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("prod.example", algorithm);
        issuer.AddX509Authority();

        var token = issuer.MintSvid("spiffe://prod.example/agent/a", "hoop-gateway");
        var bundle = (await Http.GetFromJsonAsync<JsonObject>(issuer.BundleUrl))!;
        var (header, claims, input, signature) = Split(token);
        var jwk = bundle["keys"]!.AsArray().Single(key => (string?)key!["kid"] == (string?)header["kid"])!;

        Assert.That((string?)jwk["use"], Is.EqualTo("jwt-svid"));
        Assert.That(Verifies(jwk, algorithm, input, signature), Is.True);
        Assert.That((string?)claims["sub"], Is.EqualTo("spiffe://prod.example/agent/a"));
        Assert.That(bundle["keys"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That(issuer.BundleEndpoint.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_removed_key_leaves_the_bundle_and_raises_the_sequence()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start();
        var first = issuer.SigningKey.KeyId;
        var before = (long)JsonNode.Parse(issuer.Bundle())!["spiffe_sequence"]!;

        var second = issuer.RotateKey("ES384");
        issuer.RemoveKey(first);
        var bundle = JsonNode.Parse(issuer.Bundle())!;

        Assert.That(bundle["keys"]!.AsArray().Select(key => (string?)key!["kid"]), Is.EqualTo(new[] { second }));
        Assert.That((long)bundle["spiffe_sequence"]!, Is.GreaterThan(before));
    }

    [Test]
    public async Task A_variant_changes_what_it_names_and_nothing_else()
    {
        await using var issuer = await SpiffeIssuerStandIn.Start();

        var token = issuer.MintSvid("spiffe://example.test/a", "hoop-gateway", variant: new TokenVariant
        {
            KeyId = "other",
            Header = new Dictionary<string, JsonNode?> { ["crit"] = new JsonArray("x") },
            Claims = new Dictionary<string, JsonNode?> { ["exp"] = null },
        });
        var (header, claims, _, _) = Split(token);

        Assert.That((string?)header["kid"], Is.EqualTo("other"));
        Assert.That((string?)header["alg"], Is.EqualTo("ES256"));
        Assert.That(header.ContainsKey("crit"), Is.True);
        Assert.That(claims.ContainsKey("exp"), Is.False);
        Assert.That((string?)claims["sub"], Is.EqualTo("spiffe://example.test/a"));
    }

    [TestCase(DocumentFault.ServerError, HttpStatusCode.InternalServerError)]
    [TestCase(DocumentFault.RedirectLoop, HttpStatusCode.Redirect)]
    [TestCase(DocumentFault.Html, HttpStatusCode.OK)]
    [TestCase(DocumentFault.Oversize, HttpStatusCode.OK)]
    public async Task The_bundle_endpoint_breaks_on_demand(DocumentFault fault, HttpStatusCode expected)
    {
        await using var issuer = await SpiffeIssuerStandIn.Start();
        issuer.BundleEndpoint.Fault = fault;

        using var answer = await Http.GetAsync(issuer.BundleUrl);

        Assert.That(answer.StatusCode, Is.EqualTo(expected));
        if (fault == DocumentFault.Oversize)
        {
            Assert.That((await answer.Content.ReadAsByteArrayAsync()).Length, Is.GreaterThan(10 * 1024 * 1024));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_client_gets_an_access_token_that_the_discovered_keys_verify(bool basic)
    {
        await using var provider = await IdentityProviderStandIn.Start();
        var secret = provider.AddClient("ci/pipeline", groups: ["deployers"]);

        using var answer = await Ask(provider, "ci/pipeline", secret, basic);
        var token = (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
        var discovery = (await Http.GetFromJsonAsync<JsonObject>(provider.DiscoveryUrl))!;
        var keys = (await Http.GetFromJsonAsync<JsonObject>((string)discovery["jwks_uri"]!))!;
        var (header, claims, input, signature) = Split(token);

        Assert.That((string?)header["typ"], Is.EqualTo("at+jwt"));
        Assert.That((string?)claims["iss"], Is.EqualTo((string?)discovery["issuer"]));
        Assert.That((string?)claims["sub"], Is.EqualTo("ci/pipeline"));
        Assert.That((string?)claims["aud"], Is.EqualTo("hoop-gateway"));
        Assert.That((string?)claims["groups"]![0], Is.EqualTo("deployers"));
        Assert.That(Verifies(keys["keys"]![0]!, "RS256", input, signature), Is.True);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_wrong_client_secret_is_an_invalid_client(bool basic)
    {
        await using var provider = await IdentityProviderStandIn.Start();
        provider.AddClient("ci", "right");

        using var answer = await Ask(provider, "ci", "wrong", basic);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("invalid_client"));
    }

    private static async Task<HttpResponseMessage> Ask(IdentityProviderStandIn provider, string id, string secret, bool basic)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, provider.TokenUrl);
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
        if (basic)
        {
            var pair = Uri.EscapeDataString(id) + ":" + Uri.EscapeDataString(secret);
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else
        {
            (form["client_id"], form["client_secret"]) = (id, secret);
        }

        request.Content = new FormUrlEncodedContent(form);
        return await Http.SendAsync(request);
    }

    private static (JsonObject Header, JsonObject Claims, byte[] Input, byte[] Signature) Split(string token)
    {
        var parts = token.Split('.');
        return (JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!.AsObject(),
            JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject(),
            Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]));
    }

    private static bool Verifies(JsonNode jwk, string algorithm, byte[] input, byte[] signature)
    {
        byte[] Part(string name) => Base64Url.DecodeFromChars((string)jwk[name]!);
        var hash = new HashAlgorithmName("SHA" + algorithm[2..]);
        if (algorithm[0] == 'E')
        {
            var curve =
                (string)jwk["crv"]! switch
                {
                    "P-256" => ECCurve.NamedCurves.nistP256,
                    "P-384" => ECCurve.NamedCurves.nistP384,
                    _ => ECCurve.NamedCurves.nistP521
                };
            using var ecdsa = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Part("x"), Y = Part("y") } });
            return ecdsa.VerifyData(input, signature, hash);
        }

        using var rsa = RSA.Create(new RSAParameters { Modulus = Part("n"), Exponent = Part("e") });
        return rsa.VerifyData(input, signature, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }
}
