using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <summary>
/// Stand-in for an OpenID Connect provider: discovery, JWKS, and a token endpoint for the client credentials grant (RFC 6749 section 4.4)
/// that issues access tokens as JWT (RFC 9068). For use from many threads.
/// </summary>
public sealed partial class IdentityProviderStandIn : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SigningKey> _keys = [];
    private readonly List<SigningKey> _retired = [];
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private LoopbackServer? _server;
    private int _tokenRequests;

    private IdentityProviderStandIn(string audience, TimeProvider clock) => (Audience, _clock) = (audience, clock);

    /// <summary>The <c>iss</c> of its tokens: its address, without a final slash.</summary>
    public string Issuer => _server!.Address;

    public string DiscoveryUrl => Issuer + "/.well-known/openid-configuration";

    public string JwksUrl => Issuer + "/jwks";

    public string TokenUrl => Issuer + "/token";

    /// <summary>The <c>aud</c> of tokens that ask for none.</summary>
    public string Audience { get; set; }

    /// <summary>Life of issued tokens.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The <c>typ</c> of issued tokens: <c>at+jwt</c> (RFC 9068 section 2.1), or <c>JWT</c> as many providers still send.
    /// </summary>
    public string TokenType { get; set; } = "at+jwt";

    /// <summary>Faults and counter of the discovery document.</summary>
    public DocumentEndpoint Discovery { get; } = new("/.well-known/openid-configuration");

    /// <summary>Faults and counter of the key set.</summary>
    public DocumentEndpoint Jwks { get; } = new("/jwks");

    public int TokenRequests => Volatile.Read(ref _tokenRequests);

    /// <summary>The key that signs now.</summary>
    /// <exception cref="InvalidOperationException">Every key has been removed.</exception>
    public SigningKey SigningKey
    {
        get
        {
            lock (_gate)
            {
                return _keys.Count > 0 ? _keys[^1] : throw new InvalidOperationException("Every key of the provider has been removed.");
            }
        }
    }

    /// <param name="audience">Default <c>aud</c> of its tokens.</param>
    /// <param name="algorithm">Of the first key.</param>
    /// <param name="keyId">Of the first key; random when absent.</param>
    /// <param name="clock">Dates tokens; the system's when absent.</param>
    /// <param name="port">0 lets the system choose.</param>
    public static async Task<IdentityProviderStandIn> Start(
        string audience = "hoop-gateway", string algorithm = "RS256", string? keyId = null, TimeProvider? clock = null, int port = 0)
    {
        var provider = new IdentityProviderStandIn(audience, clock ?? TimeProvider.System);
        provider.RotateKey(algorithm, keyId);
        provider._server = await LoopbackServer.Start(provider.Map, port);
        return provider;
    }

    /// <summary>Registers a client for the client credentials grant. Returns its secret.</summary>
    public string AddClient(string clientId, string? secret = null, IReadOnlyList<string>? groups = null)
    {
        secret ??= Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        lock (_gate)
        {
            _clients[clientId] = new Client(secret, groups);
        }

        return secret;
    }

    /// <summary>A new key that signs from now on; the ones before stay in the key set. Returns its <c>kid</c>.</summary>
    public string RotateKey(string algorithm = "RS256", string? keyId = null)
    {
        var key = SigningKey.Create(algorithm, keyId);
        lock (_gate)
        {
            _keys.Add(key);
        }

        return key.KeyId;
    }

    /// <summary>Takes a key out of the key set; it can still sign.</summary>
    /// <returns>The removed key, or null when no key has that <c>kid</c>.</returns>
    public SigningKey? RemoveKey(string keyId)
    {
        lock (_gate)
        {
            var key = _keys.Find(one => one.KeyId == keyId);
            if (key is not null)
            {
                _keys.Remove(key);
                _retired.Add(key);
            }

            return key;
        }
    }

    /// <summary>
    /// An access token with the claims of RFC 9068 section 2.2; for a client <c>sub</c> and <c>client_id</c> are the same.
    /// </summary>
    /// <param name="subject">The <c>sub</c>.</param>
    /// <param name="audience"><see cref="Audience"/> when absent.</param>
    /// <param name="lifetime"><see cref="Lifetime"/> when absent; negative for an expired one.</param>
    /// <param name="groups">A <c>groups</c> claim; none when absent.</param>
    /// <param name="email">An <c>email</c> claim with <c>email_verified</c>; none when absent.</param>
    /// <param name="variant">What to make wrong.</param>
    public string MintAccessToken(
        string subject, string? audience = null, TimeSpan? lifetime = null, IReadOnlyList<string>? groups = null, string? email = null,
            TokenVariant? variant = null)
    {
        var now = _clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = subject,
            ["aud"] = audience ?? Audience,
            ["client_id"] = subject,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.Add(lifetime ?? Lifetime).ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
        };
        if (groups is not null)
        {
            claims["groups"] = new JsonArray([.. groups.Select(group => (JsonNode)group)]);
        }

        if (email is not null)
        {
            claims["email"] = email;
            claims["email_verified"] = true;
        }

        return TokenVariant.Mint(variant?.Key ?? SigningKey, new JsonObject { ["typ"] = TokenType }, claims, variant);
    }

    /// <summary>An ID token (OpenID Connect Core 1.0 section 2) for a client that people sign in with.</summary>
    /// <param name="subject">The <c>sub</c>.</param>
    /// <param name="clientId">The <c>aud</c>.</param>
    /// <param name="groups">A <c>groups</c> claim; none when absent.</param>
    /// <param name="email">An <c>email</c> claim with <c>email_verified</c>; none when absent.</param>
    /// <param name="variant">What to make wrong, or to add.</param>
    public string MintIdToken(
        string subject, string clientId, IReadOnlyList<string>? groups = null, string? email = null, TokenVariant? variant = null)
    {
        var now = _clock.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = subject,
            ["aud"] = clientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.Add(Lifetime).ToUnixTimeSeconds(),
            ["nonce"] = Guid.NewGuid().ToString("N"),
        };
        if (groups is not null)
        {
            claims["groups"] = new JsonArray([.. groups.Select(group => (JsonNode)group)]);
        }

        if (email is not null)
        {
            (claims["email"], claims["email_verified"]) = (email, true);
        }

        return TokenVariant.Mint(variant?.Key ?? SigningKey, new JsonObject { ["typ"] = "JWT" }, claims, variant);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        foreach (var key in _keys.Concat(_retired))
        {
            key.Dispose();
        }
    }

    private void Map(LoopbackServer server, WebApplication application)
    {
        application.MapGet("/.well-known/openid-configuration", context => Discovery.Answer(server, context, DiscoveryDocument()));
        application.MapGet("/jwks", context => Jwks.Answer(server, context, KeySet()));
        application.MapPost("/token", Token);
        application.MapPost("/introspect", context => Introspect(server, context));
    }

    /// <summary>The members that OpenID Connect Discovery 1.0 section 3 demands, and what a client of this grant looks at.</summary>
    private string DiscoveryDocument() => new JsonObject
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = Issuer + "/authorize",
        ["token_endpoint"] = TokenUrl,
        ["jwks_uri"] = JwksUrl,
        ["response_types_supported"] = new JsonArray("code"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray(SigningKey.Algorithm),
        ["grant_types_supported"] = new JsonArray("client_credentials"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post"),
    }.ToJsonString();

    private string KeySet()
    {
        lock (_gate)
        {
            return new JsonObject { ["keys"] = new JsonArray([.. _keys.Select(key => (JsonNode)key.PublicJwk("sig", key.Algorithm))]) }
                .ToJsonString();
        }
    }

    private async Task Token(HttpContext context)
    {
        Interlocked.Increment(ref _tokenRequests);
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.HasFormContentType)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, "invalid_request");
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Authenticate(context, form) is not { } client)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"stand-in\"";
            await Refuse(context, StatusCodes.Status401Unauthorized, "invalid_client");
            return;
        }

        if (form["grant_type"] != "client_credentials")
        {
            await Refuse(
                context, StatusCodes.Status400BadRequest, form.ContainsKey("grant_type") ? "unsupported_grant_type" : "invalid_request");
            return;
        }

        var audience = form["resource"].FirstOrDefault() ?? form["audience"].FirstOrDefault();
        var scope = form["scope"].FirstOrDefault();
        var variant = scope is null ? null : new TokenVariant { Claims = new Dictionary<string, JsonNode?> { ["scope"] = scope } };
        await Write(context, StatusCodes.Status200OK, new JsonObject
        {
            ["access_token"] = MintAccessToken(client.Id, audience, groups: client.Registered.Groups, variant: variant),
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)Lifetime.TotalSeconds,
        });
    }

    /// <summary>client_secret_basic (RFC 6749 section 2.3.1: both parts form-encoded) or client_secret_post.</summary>
    private (string Id, Client Registered)? Authenticate(HttpContext context, IFormCollection form)
    {
        var (id, secret) = (form["client_id"].FirstOrDefault(), form["client_secret"].FirstOrDefault());
        if (AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var header)
            && header is { Scheme: "Basic", Parameter: not null })
        {
            var buffer = new byte[header.Parameter.Length];
            if (!Convert.TryFromBase64String(header.Parameter, buffer, out var length))
            {
                return null;
            }

            var parts = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
            (id, secret) = (
                System.Net.WebUtility.UrlDecode(parts[0]), parts.Length == 2 ? System.Net.WebUtility.UrlDecode(parts[1]) : null);
        }

        lock (_gate)
        {
            return id is not null && _clients.TryGetValue(id, out var client) && secret == client.Secret ? (id, client) : null;
        }
    }

    private static Task Refuse(HttpContext context, int status, string error) =>
        Write(context, status, new JsonObject { ["error"] = error });

    private static Task Write(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    private sealed record Client(string Secret, IReadOnlyList<string>? Groups);
}
