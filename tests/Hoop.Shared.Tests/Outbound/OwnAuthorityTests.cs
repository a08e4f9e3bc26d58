using Hoop.Shared.Outbound;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

/// <summary>Keys that a server gives to those alone who trust its authority and bring a token, as clusters do.</summary>
public sealed class OwnAuthorityTests
{
    [Test]
    [Description("A12: the cluster's key set, with an authority of its own")]
    public async Task A12_an_authority_that_was_named_is_trusted_for_that_fetch_alone()
    {
        await using var server = await PublicServer.Start();
        var options = new OutboundOptions { Roots = PemRoots.Parse(server.AuthorityPem) };

        Assert.That((await server.Stranger.Get(server.Url, options, CancellationToken.None)).Error, Is.Null);
        Assert.That(
            (await server.Stranger.Get(server.Url, new OutboundOptions(), CancellationToken.None)).Error!.Message,
            Does.Contain("the TLS handshake failed"));
    }

    [Test]
    public async Task Another_authority_is_not_enough()
    {
        await using var server = await PublicServer.Start();
        await using var other = await PublicServer.Start();
        var options = new OutboundOptions { Roots = PemRoots.Parse(other.AuthorityPem) };

        Assert.That(
            (await server.Stranger.Get(server.Url, options, CancellationToken.None)).Error!.Message,
            Does.Contain("the TLS handshake failed"));
    }

    [Test]
    public async Task A_token_goes_to_the_first_address_and_never_along_a_redirect()
    {
        await using var server = await PublicServer.Start();
        server.Answer = context =>
        {
            if (context.Request.Path == "/bundle")
            {
                context.Response.Redirect("/elsewhere");
                return Task.CompletedTask;
            }

            return context.Response.WriteAsync("{}");
        };
        var options = new OutboundOptions { Bearer = new SecretText("s3cret"), MaxRedirects = 1 };

        Assert.That((await server.Client.Get(server.Url, options, CancellationToken.None)).Error, Is.Null);
        Assert.That(
            server.Headers.Select(headers => headers.Authorization.ToString()), Is.EqualTo(new[] { "Bearer s3cret", "" }));
        Assert.That(options.ToString(), Does.Not.Contain("s3cret"));
    }

    [TestCase("")]
    [TestCase("nothing")]
    [TestCase("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void What_holds_no_certificate_is_none(string pem) => Assert.That(PemRoots.Parse(pem), Is.Null);
}
