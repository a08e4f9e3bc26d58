using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

public sealed class PrefixBoundaryTests : GatewayFixture
{
    protected override Task<Dictionary<string, string?>?> Settings() =>
        Task.FromResult<Dictionary<string, string?>?>(new() { ["HOOP_SPIFFE_PREFIX_BOUNDARY"] = "required" });

    [Test(Description = "CVE-2026-35605")]
    public async Task A_prefix_without_a_final_slash_is_refused()
    {
        var open = await Admin.Post(
            "/api/spiffe-mappings", new { trust_domain = "td.test", spiffe_prefix = "spiffe://td.test/agent", agent_template = "name" });
        var closed = await Admin.Post(
            "/api/spiffe-mappings", new { trust_domain = "td.test", spiffe_prefix = "spiffe://td.test/agent/", agent_template = "name" });

        Assert.That(open.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(open.Message, Does.StartWith("spiffe_prefix: must end with a slash"));
        Assert.That(closed.Status, Is.EqualTo(HttpStatusCode.Created));
    }
}
