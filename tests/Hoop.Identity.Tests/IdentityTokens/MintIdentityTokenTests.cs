using System.Text.Json;
using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>What another module gets signed.</summary>
public sealed class MintIdentityTokenTests : IdentityFixture
{
    private const string Audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/hoop/providers/hoop";

    [Test]
    public async Task A_relying_party_that_knows_the_issuer_alone_accepts_the_token()
    {
        var minted = await Mint(new MintIdentityToken(OrgId, "user/alice@example.com", Audience, TimeSpan.FromMinutes(10)));

        Assert.Multiple(async () =>
        {
            Assert.That(minted.Issuer, Is.EqualTo($"{Gateway.Address.GetLeftPart(UriPartial.Authority)}/v1/{OrgId}/identity/oidc"));
            Assert.That(await Ask(new GetIdentityIssuer(OrgId)), Is.EqualTo(minted.Issuer));
            Assert.That(await OutsideVerifier.Verify(Gateway, minted.Issuer, minted.Token, Audience), Is.Null);
            Assert.That(await OutsideVerifier.Verify(Gateway, minted.Issuer, minted.Token, "another"), Is.Not.Null);
            Assert.That(
                await OutsideVerifier.Verify(Gateway, minted.Issuer, minted.Token, Audience, minted.ExpiresAt), Is.Not.Null, "at its end");
        });
        var claims = OutsideVerifier.ClaimsOf(minted.Token);
        Assert.Multiple(() =>
        {
            Assert.That(
                claims.EnumerateObject().Select(claim => claim.Name), Is.EquivalentTo(["iss", "sub", "aud", "iat", "exp", "jti"]));
            Assert.That(claims.GetProperty("sub").GetString(), Is.EqualTo("user/alice@example.com"));
            Assert.That(claims.GetProperty("jti").GetGuid(), Is.EqualTo(minted.TokenId));
            Assert.That(claims.GetProperty("exp").GetInt64(), Is.EqualTo(minted.ExpiresAt.ToUnixTimeSeconds()));
            Assert.That(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), Is.EqualTo(600));
        });
    }

    [Test]
    public async Task Further_claims_are_in_it_and_the_gateways_own_cannot_be_given()
    {
        var tags = JsonElement.Parse("""{"principal_tags": {"team": ["a"]}, "transitive_tag_keys": ["team"]}""");
        var minted = await Mint(new MintIdentityToken(
            OrgId, "s", "sts.amazonaws.com", TimeSpan.FromMinutes(1), new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["https://aws.amazon.com/tags"] = tags,
            }));
        Assert.That(
            JsonElement.DeepEquals(OutsideVerifier.ClaimsOf(minted.Token).GetProperty("https://aws.amazon.com/tags"), tags), Is.True);

        foreach (var name in new[] { "iss", "sub", "aud", "exp", "iat", "jti", "nbf" })
        {
            var claims = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [name] = JsonElement.Parse("1") };
            var verdict = await Ask(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1), claims));
            Assert.That(verdict.Refusal?.Code, Is.EqualTo("claims"), name);
        }
    }

    [TestCase("", "a", 60, "subject")]
    [TestCase("a\nb", "a", 60, "subject")]
    [TestCase("ä", "a", 60, "subject")]
    [TestCase("s", "", 60, "audience")]
    [TestCase("s", "a\u0000", 60, "audience")]
    [TestCase("s", "a", 0, "lifetime")]
    [TestCase("s", "a", -60, "lifetime")]
    public async Task What_nobody_could_verify_is_refused(string subject, string audience, int seconds, string code)
    {
        var verdict = await Ask(new MintIdentityToken(OrgId, subject, audience, TimeSpan.FromSeconds(seconds)));
        Assert.That(verdict.Refusal?.Code, Is.EqualTo(code));
    }

    [Test]
    public async Task An_organization_that_is_not_there_gets_none() => Assert.That(
        (await Ask(new MintIdentityToken(Guid.NewGuid(), "s", "a", TimeSpan.FromMinutes(1)))).Refusal?.Code, Is.EqualTo("organization"));

    [Test]
    public async Task A_long_life_is_cut_to_the_time_that_the_key_stays_published_I7()
    {
        var minted = await Mint(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromDays(30)));
        Assert.That(minted.ExpiresAt - DateTimeOffset.UtcNow, Is.LessThanOrEqualTo(TimeSpan.FromDays(1)));
    }

    [Test]
    public async Task Each_organization_has_its_own_issuer_and_keys_and_default_has_the_plain_path()
    {
        var (other, admin) = await Gateway.CreateOrganization("other-issuer");
        admin.Dispose();
        var ours = await Mint(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1)));
        var theirs = await Mint(new MintIdentityToken(other, "s", "a", TimeSpan.FromMinutes(1)));
        var defaults = await Mint(new MintIdentityToken(DefaultOrganization.Id, "s", "a", TimeSpan.FromMinutes(1)));

        Assert.Multiple(async () =>
        {
            Assert.That(new Uri(defaults.Issuer).AbsolutePath, Is.EqualTo("/v1/identity/oidc"));
            Assert.That(await OutsideVerifier.Verify(Gateway, defaults.Issuer, defaults.Token, "a"), Is.Null);
            Assert.That(await OutsideVerifier.Verify(Gateway, theirs.Issuer, theirs.Token, "a"), Is.Null);
            Assert.That(await OutsideVerifier.Verify(Gateway, theirs.Issuer, ours.Token, "a"), Is.Not.Null);
            Assert.That(
                (await OutsideVerifier.KeysOf(Gateway, ours.Issuer)).Keys.Select(key => key.Kid),
                Does.Not.Contain(theirs.KeyId.ToString()));
        });
    }

    [Test]
    public async Task Fifty_first_tokens_of_one_moment_are_of_one_key()
    {
        var (other, admin) = await Gateway.CreateOrganization("first-moment");
        admin.Dispose();
        var minted = await Task.WhenAll(Enumerable.Range(0, 50).Select(
            _ => Mint(new MintIdentityToken(other, "s", "a", TimeSpan.FromMinutes(1)))));

        Assert.Multiple(() =>
        {
            Assert.That(minted.Select(token => token.KeyId).Distinct().ToList(), Has.Count.EqualTo(1));
            Assert.That(minted.Select(token => token.TokenId), Is.Unique);
        });
        Assert.That(
            (await Gateway.AuditOf("signing_key")).Where(row => row.OrgId == other).Select(row => (row.Action, row.ResourceId)),
            Is.EqualTo([("create", "default")]));
    }

    [Test]
    public async Task The_private_key_lies_sealed_in_the_database_and_stays_good_without_memory()
    {
        await Mint(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1)));
        var rows = await Gateway.Query<byte[]>(
            "SELECT private_sealed FROM identity.oidc_key_versions WHERE org_id = @OrgId", new { OrgId });

        Assert.That(rows, Has.Count.EqualTo(2));
        Assert.That(
            rows.Select(row => row.AsSpan().IndexOf(Convert.FromHexString("2A864886F70D010101")) < 0), Is.All.True,
            "a PKCS #8 text names RSA");
        await using var second = await TestGateway.Start(
            new() { ["HOOP_MEMORY"] = "off" }, services: null, Gateway.Connection);
        var minted = await Mint(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1)), second);
        Assert.That(
            (await OutsideVerifier.KeysOf(Gateway, $"{Gateway.Address.GetLeftPart(UriPartial.Authority)}/v1/{OrgId}/identity/oidc"))
                .Keys.Select(key => key.Kid),
            Does.Contain(minted.KeyId.ToString()));
    }

    [Test]
    public async Task A_gateway_without_the_encryption_key_says_which_one_it_lacks()
    {
        await Mint(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1)));
        await Gateway.Execute("UPDATE identity.oidc_key_versions SET private_key_id = 'lost' WHERE org_id = @OrgId", new { OrgId });
        try
        {
            var verdict = await Ask(new MintIdentityToken(OrgId, "s", "a", TimeSpan.FromMinutes(1)));
            Assert.That(verdict.Refusal?.Code, Is.EqualTo("sealing_key_missing"));
            Assert.That(verdict.Refusal?.Reason, Does.Contain("lost"));
        }
        finally
        {
            await Gateway.Execute("DELETE FROM identity.oidc_keys WHERE org_id = @OrgId", new { OrgId });
        }
    }

    private async Task<IdentityToken> Mint(MintIdentityToken request, TestGateway? gateway = null)
    {
        var verdict = await Ask(request, gateway);
        Assert.That(verdict.Refusal, Is.Null);
        return verdict.Proven!;
    }

    private async Task<T> Ask<T>(IRequest<T> request, TestGateway? gateway = null)
    {
        await using var scope = (gateway ?? Gateway).Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request);
    }
}
