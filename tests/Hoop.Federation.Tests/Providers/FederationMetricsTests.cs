using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

/// <summary>What operators see of the credentials that were asked for.</summary>
public sealed class FederationMetricsTests : ProviderFixture
{
    [Test]
    public async Task Each_outcome_is_counted_under_its_provider_and_code()
    {
        using var readings = new Readings(Gateway);
        var oidc = await Create("oidc_token", "{user.email}", new { audience = "api://x", token_variable = "ID_TOKEN" });
        await Resolve(oidc);
        await Resolve(oidc);
        var gcp = await CreateFederated();
        Google.Fail(Alice, StandIns.GoogleFault.PermissionDenied);
        await Resolve(gcp);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(readings["hoop.federation.issued{oidc_token,success}"], Is.EqualTo(2), readings.ToString());
            Assert.That(readings["hoop.federation.issued{gcp_iam,principal_denied}"], Is.EqualTo(1), readings.ToString());
            Assert.That(readings["hoop.federation.issue.duration{oidc_token}"], Is.GreaterThan(0), readings.ToString());
        }
    }
}
