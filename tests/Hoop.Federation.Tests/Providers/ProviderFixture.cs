using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

/// <summary>Clouds that trust the gateway: they fetch its keys over HTTP and verify what it signed.</summary>
public abstract class ProviderFixture : FederationFixture
{
    protected const string PoolProvider =
        "//iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/hoop-pool/providers/hoop-gateway";

    /// <summary>As the discovery document says it.</summary>
    protected string Issuer { get; private set; } = "";

    [OneTimeSetUp]
    public async Task ReadIssuer()
    {
        var document = await Gateway.Anonymous.Get("/v1/identity/oidc/.well-known/openid-configuration");
        Issuer = document.Text("issuer")!;
    }

    protected async Task<Reply> SetPolicy(string name, string provider, string template, object extra, object? more = null)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["hook_source"] = "builtin",
            ["builtin_provider"] = provider,
            ["identity_target_template"] = template,
            ["extra_config"] = extra,
        };
        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            body[property.Name] = property.GetValue(more);
        }

        return await Gateway.Operator.Put($"/api/connections/{name}/federation", body);
    }

    protected async Task<string> Create(string provider, string template, object extra, object? more = null, object? secret = null)
    {
        var name = await CreateConnection(secret);
        var reply = await SetPolicy(name, provider, template, extra, more);
        Assert.That((int)reply.Status, Is.EqualTo(200), reply.Message);
        return name;
    }
}
