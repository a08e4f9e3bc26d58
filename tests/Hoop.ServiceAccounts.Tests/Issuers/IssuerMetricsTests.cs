using System.Text.Json.Nodes;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>What operators see of the issuers' keys.</summary>
public sealed class IssuerMetricsTests
{
    [Test]
    public async Task The_age_of_fetched_keys_is_measured_and_keys_that_were_brought_along_have_none()
    {
        await using var issuers = await IssuersGateway.Start();
        using var readings = new Readings(issuers.Gateway);
        await issuers.Trust(new JsonObject { ["issuer"] = "https://inline.example", ["audiences"] = new JsonArray("https://hoop.example") });
        await Eventually.True(() => readings["hoop.issuers.known{current}"] == 1, readings.ToString);
        Assert.That(readings["hoop.issuers.keys.age"], Is.Null, "an inline set does not age");

        await using var provider = await TinyProvider.Start(issuers.KeySet.ToJsonString(), mark: "");
        await issuers.Trust(
            new JsonObject
            {
                ["issuer"] = "https://fetched.example",
                ["audiences"] = new JsonArray("https://other.example"),
                ["jwks_url"] = provider.Issuer + "/jwks",
            });
        await Eventually.True(() => readings["hoop.issuers.known{current}"] == 2, readings.ToString);
        Assert.That(readings["hoop.issuers.keys.age"], Is.InRange(0, 60), readings.ToString());
    }
}
