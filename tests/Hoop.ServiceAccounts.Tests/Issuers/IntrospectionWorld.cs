using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>A gateway and a provider that tells about opaque tokens, when the gateway's client asks.</summary>
internal sealed class IntrospectionWorld(TestGateway gateway, IdentityProviderStandIn provider, string secret) : IAsyncDisposable
{
    public const string Audience = "https://hoop.test";
    public const string Client = "gate:way";

    public static readonly Dictionary<string, string?> Settings = new()
    {
        ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true", ["HOOP_BAD_TOKENS_PER_MINUTE"] = "0",
    };

    public TestGateway Gateway { get; } = gateway;

    public IdentityProviderStandIn Provider { get; } = provider;

    public string Secret { get; } = secret;

    public static async Task<IntrospectionWorld> Start(TimeProvider? clock = null, params (string Variable, string Value)[] more)
    {
        var provider = await IdentityProviderStandIn.Start(Audience, clock: clock);

        // What is remembered of callers goes by the machine's own clock.
        var settings = clock is null ? new(Settings) : new Dictionary<string, string?>(Settings) { ["HOOP_MEMORY"] = "false" };
        foreach (var (variable, value) in more)
        {
            settings[variable] = value;
        }

        var gateway = await TestGateway.Start(settings, services =>
        {
            if (clock is not null)
            {
                services.AddSingleton(clock);
            }
        });
        return new IntrospectionWorld(gateway, provider, provider.AddClient(Client, "s3cret+/=&%:" + Guid.NewGuid()));
    }

    /// <summary>What says that the provider is asked.</summary>
    public JsonObject Issuer(string? secret = null) => new()
    {
        ["issuer"] = Provider.Issuer,
        ["audiences"] = new JsonArray(Audience),
        ["jwks_url"] = Provider.JwksUrl,
        ["introspection_url"] = Provider.IntrospectionUrl,
        ["introspection_client_id"] = Client,
        ["introspection_secret"] = secret ?? Secret,
    };

    public async Task<Reply> Trust(JsonObject? issuer = null, HttpClient? admin = null)
    {
        var reply = await (admin ?? Gateway.Operator).Post("/api/issuers", issuer ?? Issuer());
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Body.GetRawText());
        return reply;
    }

    public async Task Account(string subject, HttpClient? admin = null)
    {
        var reply = await (admin ?? Gateway.Operator).Post(
            "/api/serviceaccounts", new { issuer = Provider.Issuer, subject, status = "active", groups = Array.Empty<string>() });
        Assert.That((int)reply.Status, Is.EqualTo(201), reply.Body.GetRawText());
    }

    public Task<int> Ask(string token, string? issuer = null) => Ask(Gateway, token, issuer);

    public static async Task<int> Ask(TestGateway gateway, string token, string? issuer = null)
    {
        var client = gateway.As(token);
        if (issuer is not null)
        {
            client.DefaultRequestHeaders.Add("X-Hoop-Issuer", issuer);
        }

        return (int)(await client.Get("/api/userinfo")).Status;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
