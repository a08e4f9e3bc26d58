using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

public sealed class ConfiguredIssuerTests
{
    [Test]
    public async Task The_configured_issuer_is_a_mount_of_the_default_organization_alone()
    {
        await using var gateway = await TestGateway.Start(new()
        {
            ["HOOP_OIDC_ISSUER"] = "https://idp.example/realms/main",
            ["HOOP_OIDC_AUDIENCE"] = "hoop",
            ["HOOP_OIDC_JWKS_URL"] = "https://idp.example/keys",
        });
        var (_, other) = await gateway.CreateOrganization("other");
        using var stranger = other;

        var own = (await gateway.Operator.Get("/v1/sys/auth/oidc/idp.example/realms/main"))["data"];
        var theirs = (await stranger.Get("/v1/sys/auth"))["data"];

        Assert.That(own.GetProperty("type").GetString(), Is.EqualTo("oidc"));
        Assert.That(own.GetProperty("accessor").GetString(), Does.Match("^auth_oidc_[0-9a-f]{8}$"));
        Assert.That(theirs.EnumerateObject().Select(mount => mount.Name), Has.None.StartsWith("oidc/").And.Some.EqualTo("token/"));
    }
}
