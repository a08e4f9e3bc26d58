using System.Net;
using System.Text.Json;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.Tests.Logins;

/// <summary>A gateway, an identity provider, and an organization with a mount that takes the provider's tokens.</summary>
internal sealed class LoginWorld : IAsyncDisposable
{
    public const string Audience = "https://hoop.test";

    private LoginWorld(TestGateway gateway, IdentityProviderStandIn provider, HttpClient admin, Guid orgId) =>
        (Gateway, Provider, Admin, OrgId) = (gateway, provider, admin, orgId);

    public TestGateway Gateway { get; }

    public IdentityProviderStandIn Provider { get; }

    /// <summary>Of the organization <c>acme</c>.</summary>
    public HttpClient Admin { get; }

    public Guid OrgId { get; }

    /// <summary>What the role <c>dev</c> of the mount <c>jwt</c> is made with.</summary>
    public static Dictionary<string, object> Role => new(StringComparer.Ordinal)
    {
        ["role_type"] = "jwt",
        ["bound_audiences"] = Audience,
        ["user_claim"] = "sub",
        ["token_policies"] = "dev",
        ["token_ttl"] = "1h",
    };

    public static async Task<LoginWorld> Start(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var provider = await IdentityProviderStandIn.Start(Audience);
        var all = new Dictionary<string, string?>(settings ?? [], StringComparer.Ordinal)
        {
            ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true",
        };
        var gateway = await TestGateway.Start(all, services);
        var (orgId, admin) = await gateway.CreateOrganization("acme");
        var world = new LoginWorld(gateway, provider, admin, orgId);
        await world.Made("/v1/sys/auth/jwt", new { type = "jwt" });
        await world.Made("/v1/auth/jwt/config", new { jwks_url = provider.JwksUrl, bound_issuer = provider.Issuer, default_role = "dev" });
        await world.SetRole();
        await world.UntilKeysAreKnown();
        return world;
    }

    /// <summary>The role <c>dev</c>, or another one, with some fields different.</summary>
    public Task<Reply> SetRole(string name = "dev", params (string Field, object Value)[] fields)
    {
        var role = Role;
        foreach (var (field, value) in fields)
        {
            role[field] = value;
        }

        return Made($"/v1/auth/jwt/role/{name}", role);
    }

    /// <summary>The keys are fetched in the background.</summary>
    public Task UntilKeysAreKnown(string mount = "jwt") => Eventually.True(
        async () => (await Admin.Get($"/v1/auth/{mount}/config"))["data"].GetProperty("status").GetString() == "valid",
        "the keys are known");

    /// <summary>Signs in at a mount of <c>acme</c>, as nobody.</summary>
    public Task<Reply> Login(string jwt, string? role = "dev", string mount = "jwt", string? space = "acme") =>
        Login(Gateway, jwt, role, mount, space);

    public static async Task<Reply> Login(
        TestGateway gateway, string jwt, string? role = "dev", string mount = "jwt", string? space = "acme")
    {
        using var client = new HttpClient { BaseAddress = gateway.Address };
        if (space is not null)
        {
            client.DefaultRequestHeaders.Add("X-Vault-Namespace", space);
        }

        return await client.Post($"/v1/auth/{mount}/login", new { role, jwt });
    }

    /// <summary>The answer's <c>auth</c>; demands that it is there.</summary>
    public async Task<JsonElement> SignedIn(string jwt, string? role = "dev", string mount = "jwt")
    {
        var reply = await Login(jwt, role, mount);
        return reply.Status == HttpStatusCode.OK
            ? reply["auth"]
            : throw new InvalidOperationException($"{reply.Status} {reply.Body}: {string.Join('\n', Gateway.Logs.Lines.TakeLast(3))}");
    }

    public HttpClient As(JsonElement auth) => Gateway.As(auth.GetProperty("client_token").GetString()!);

    public async Task<Reply> Made(string path, object body)
    {
        var reply = await Admin.Post(path, body);
        return reply.Response.IsSuccessStatusCode
            ? reply
            : throw new InvalidOperationException($"POST {path}: {reply.Status} {reply.Body}");
    }

    /// <summary>An external group of the mount, with a policy of its name.</summary>
    /// <param name="called">By the mount; as the group itself when left out.</param>
    public async Task Group(string name, string mount = "jwt", string? called = null)
    {
        var group = await Made("/v1/identity/group", new { name, type = "external", policies = new[] { $"of-{name}" } });
        var accessor = (await Admin.Get($"/v1/sys/auth/{mount}"))["data"].GetProperty("accessor").GetString();
        var id = group["data"].GetProperty("id").GetString();
        await Made("/v1/identity/group-alias", new { name = called ?? name, mount_accessor = accessor, canonical_id = id });
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Gateway.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
