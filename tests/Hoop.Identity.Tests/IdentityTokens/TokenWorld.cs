using System.Text.Json;
using Hoop.Identity.TokenKeys;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NUnit.Framework;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>An organization with a person who has an entity, and what its admin does with keys and roles.</summary>
internal sealed class TokenWorld : IAsyncDisposable
{
    private const string Oidc = "/v1/identity/oidc";

    private TokenWorld(TestGateway gateway, Guid orgId, HttpClient admin, string person, Guid entityId) =>
        (Gateway, OrgId, Admin, PersonToken, EntityId, Person) = (gateway, orgId, admin, person, entityId, gateway.As(person));

    public TestGateway Gateway { get; }

    public Guid OrgId { get; }

    public HttpClient Admin { get; }

    /// <summary>The API token of somebody without a role, who has an entity with the policy <c>tokens</c>.</summary>
    public string PersonToken { get; }

    public HttpClient Person { get; }

    public Guid EntityId { get; }

    public string Path => $"/v1/{OrgId}/identity/oidc";

    /// <param name="gateway">Any.</param>
    /// <param name="name">Of the new organization.</param>
    /// <param name="policies">Of the person; what grants the tokens of every role when it is left out.</param>
    public static async Task<TokenWorld> Start(TestGateway gateway, string name, params string[] policies)
    {
        var (orgId, admin) = await gateway.CreateOrganization(name);
        await Good(admin.Put(
            "/v1/sys/policies/acl/tokens", new { policy = """path "identity/oidc/token/*" { capabilities = ["read"] }""" }));
        var made = await Good(admin.Post("/api/api-tokens", new { name = "person" }));
        var entity = await Good(admin.Post("/v1/identity/entity", new
        {
            name = "person",
            policies = policies.Length > 0 ? policies : ["tokens"],
            metadata = new { team = "red" },
        }));
        var id = entity["data"].GetProperty("id").GetGuid();
        await Good(admin.Post(
            "/v1/identity/entity-alias",
            new { name = made.Text("id"), mount_accessor = await AccessorOf(admin, "token"), canonical_id = id }));
        return new TokenWorld(gateway, orgId, admin, made.Text("token")!, id);
    }

    public static async Task<string> AccessorOf(HttpClient admin, string mount) =>
        (await admin.Get($"/v1/sys/auth/{mount}"))["data"].GetProperty("accessor").GetString()!;

    /// <summary>Services of a gateway whose wall clock can be moved.</summary>
    public static Action<IServiceCollection> With(MovedClock clock) =>
        services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));

    /// <summary>What the background work does when it wakes.</summary>
    public static Task<int> RotateDue(TestGateway gateway) =>
        gateway.Services.GetRequiredService<KeyRotation>().Run(CancellationToken.None);

    /// <summary>A key for every audience and a role with it, both of one name.</summary>
    public async Task KeyAndRole(string name, object? key = null, object? role = null)
    {
        await Good(Admin.Post($"{Oidc}/key/{name}", new { algorithm = "ES256", allowed_client_ids = "*" }));
        if (key is not null)
        {
            await Good(Admin.Post($"{Oidc}/key/{name}", key));
        }

        await Good(Admin.Post($"{Oidc}/role/{name}", new { key = name, client_id = "relying", ttl = "10m" }));
        if (role is not null)
        {
            await Good(Admin.Post($"{Oidc}/role/{name}", role));
        }
    }

    public async Task<string> Token(string role, HttpClient? holder = null)
    {
        var reply = await (holder ?? Person).Get($"{Oidc}/token/{role}");
        Assert.That(reply.Response.IsSuccessStatusCode, $"{reply.Status} {reply.Body}");
        return reply["data"].GetProperty("token").GetString()!;
    }

    public Task<Reply> Set(string path, object? body = null) => Good(Admin.Post($"{Oidc}/{path}", body));

    public async Task<(bool Active, string? Error)> Introspect(string token, string? audience = null)
    {
        var reply = await Good(Admin.Post($"{Oidc}/introspect", new { token, client_id = audience }));
        return (reply["active"].GetBoolean(), reply.Body.TryGetProperty("error", out var error) ? error.GetString() : null);
    }

    /// <summary>The names of the published keys.</summary>
    public async Task<IReadOnlyList<string>> Published(TestGateway? gateway = null)
    {
        var reply = await (gateway ?? Gateway).Anonymous.Get($"{Path}/.well-known/keys");
        return [.. reply["keys"].EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
    }

    public static string KeyIdOf(string token) => HeaderOf(token).GetProperty("kid").GetString()!;

    public static JsonElement HeaderOf(string token) => JsonElement.Parse(
        Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(token.Split('.')[0]));

    public static async Task<Reply> Good(Task<Reply> call)
    {
        var reply = await call;
        Assert.That(reply.Response.IsSuccessStatusCode, $"{reply.Response.RequestMessage?.RequestUri}: {reply.Status} {reply.Body}");
        return reply;
    }

    public ValueTask DisposeAsync()
    {
        Admin.Dispose();
        Person.Dispose();
        return ValueTask.CompletedTask;
    }
}
