using Hoop.Identity.Contracts;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>What another module hears about a token that somebody brought.</summary>
public sealed class VerifyIdentityTokenTests : IdentityFixture
{
    private const string Audience = "urn:example:connection";

    [Test]
    public async Task Its_own_token_for_its_own_audience_is_accepted_with_all_that_it_says()
    {
        var token = await Mint(OrgId);

        var verdict = await Verify(OrgId, token, Audience);

        Assert.That(verdict.Accepted, Is.True, verdict.Refusal?.Reason);
        Assert.That(verdict.Proven!.Subject, Is.EqualTo("user:alice"));
        Assert.That(verdict.Proven.Claims.GetProperty("aud").GetString(), Is.EqualTo(Audience));
        Assert.That(verdict.Proven.ToString(), Does.Not.Contain("alice"));
        Assert.That(new VerifyIdentityToken(OrgId, token, Audience).ToString(), Does.Not.Contain(token));
    }

    [Test]
    public async Task Another_audience_another_organization_and_a_changed_token_are_refused()
    {
        var token = await Mint(OrgId);
        await Mint(DefaultOrganization.Id);
        var parts = token.Split('.');

        Assert.That((await Verify(OrgId, token, "another")).Refusal?.Reason, Does.Contain("wrong audience"));
        Assert.That((await Verify(OrgId, token, Audience.ToUpperInvariant())).Accepted, Is.False);
        Assert.That((await Verify(DefaultOrganization.Id, token, Audience)).Accepted, Is.False);
        Assert.That((await Verify(Guid.NewGuid(), token, Audience)).Accepted, Is.False);
        foreach (var changed in new[]
        {
            "", "a.b.c", $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}A.{parts[2]}", token + "A", new string('a', 20_000),
        })
        {
            Assert.That((await Verify(OrgId, changed, Audience)).Accepted, Is.False, changed);
        }
    }

    [Test]
    public async Task A_withdrawn_key_verifies_nothing_any_more()
    {
        var token = await Mint(OrgId);

        await Admin.Post("/v1/identity/oidc/key/default/rotate/emergency");

        Assert.That((await Verify(OrgId, token, Audience)).Accepted, Is.False);
    }

    [Test]
    public void An_audience_is_demanded() => Assert.That(
        async () => await Verify(OrgId, "a.b.c", ""), Throws.InstanceOf<ArgumentException>());

    private async Task<string> Mint(Guid orgId) =>
        (await Ask(new MintIdentityToken(orgId, "user:alice", Audience, TimeSpan.FromMinutes(5)))).Proven!.Token;

    private Task<Verdict<VerifiedIdentityToken>> Verify(Guid orgId, string token, string audience) =>
        Ask(new VerifyIdentityToken(orgId, token, audience));

    private async Task<T> Ask<T>(IRequest<T> request)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request);
    }
}
