using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Shared.Memory;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Architecture.Tests.Revocation;

/// <summary>Two gateways on one database, an identity provider and a SPIFFE trust domain.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string Audience = "https://hoop.test";

    /// <summary>What people sign in with.</summary>
    public const string Client = "hoop-cli";

    private readonly TwoGateways _gateways;
    private int _names;

    private World(TwoGateways gateways, IdentityProviderStandIn provider, SpiffeIssuerStandIn spiffe) =>
        (_gateways, Provider, Spiffe) = (gateways, provider, spiffe);

    public TestGateway First => _gateways.First;

    public TestGateway Second => _gateways.Second;

    public HttpClient Admin => First.Operator;

    public IdentityProviderStandIn Provider { get; }

    public SpiffeIssuerStandIn Spiffe { get; }

    /// <summary>How often the second gateway had to read who somebody is.</summary>
    public long Misses
    {
        get
        {
            var metrics = Second.Services.GetRequiredService<MemoryMetrics>();
            return metrics.MissesOf("callers") + metrics.MissesOf("issuer_callers");
        }
    }

    /// <summary>How many announcements the first gateway has sent.</summary>
    public long Announced => First.Services.GetRequiredService<MemoryMetrics>().AnnouncementsSent;

    public static async Task<World> Start()
    {
        var (provider, spiffe) = (await IdentityProviderStandIn.Start(Audience), await SpiffeIssuerStandIn.Start("stored.test"));
        await using var configured = await SpiffeIssuerStandIn.Start("configured.test");
        var gateways = await TwoGateways.Start(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOOP_LOG_LEVEL"] = "error",
            ["HOOP_OIDC_ISSUER"] = provider.Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,
            ["HOOP_OIDC_JWKS_URL"] = provider.JwksUrl,
            ["HOOP_OIDC_CLIENT_ID"] = Client,
            ["HOOP_OIDC_GROUPS_CLAIM"] = "groups",
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = configured.TrustDomain,
            ["HOOP_SPIFFE_AUDIENCE"] = "hoop-gateway",
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = configured.Bundle(),
        });
        return new World(gateways, provider, spiffe);
    }

    /// <summary>A name that no other case uses.</summary>
    public string Fresh(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    /// <summary>Everything that tells what somebody is and may do; the code of the refusal when it is nobody.</summary>
    public static async Task<string> WhoAmI(HttpClient client)
    {
        var reply = await client.Get("/api/userinfo");
        if (reply.Status == HttpStatusCode.Forbidden)
        {
            // A token of Vault's kind acts on /v1 alone.
            var self = await client.Get("/v1/auth/token/lookup-self");
            return self.Status == HttpStatusCode.OK ? $"OK {self["data"].GetProperty("policies")}" : $"{self.Status}";
        }

        return $"{reply.Status} {reply.Body.GetRawText()}";
    }

    /// <summary>Makes something, and demands that it worked.</summary>
    public async Task<Reply> Made(string path, object body)
    {
        var reply = await Admin.Post(path, body);
        return reply.Response.IsSuccessStatusCode
            ? reply
            : throw new InvalidOperationException($"POST {path}: {reply.Status} {reply.Body.GetRawText()}");
    }

    public Func<Task> Call(HttpMethod method, string path, object? body = null) => async () =>
    {
        var reply = await Admin.Send(method, path, body);
        if (!reply.Response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{method} {path}: {reply.Status} {reply.Body}");
        }
    };

    /// <summary>The mapping of an identity, as one line of an import.</summary>
    public Func<Task> Import(string spiffeId, string trustDomain, string agentId) => async () =>
    {
        var line = JsonSerializer.Serialize(new { trust_domain = trustDomain, spiffe_id = spiffeId, agent_id = agentId });
        using var content = new StringContent(line);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await Admin.PostAsync(new Uri("/api/spiffe-mappings/import", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
    };

    public async Task<(string Id, string Token)> ApiToken(params string[] groups)
    {
        var made = await Made("/api/api-tokens", new { name = Fresh("token"), groups = (string[])["staff", .. groups] });
        return (made.Text("id")!, made.Text("token")!);
    }

    /// <summary>An API token of the organization that somebody makes who may.</summary>
    public async Task<string> ApiTokenBy(string credential)
    {
        using var maker = First.As(credential);
        var made = await maker.Post("/api/api-tokens", new { name = Fresh("made"), groups = new[] { "admin" } });
        return made.Response.IsSuccessStatusCode
            ? made.Text("token")!
            : throw new InvalidOperationException($"POST /api/api-tokens: {made.Status} {made.Body.GetRawText()}");
    }

    /// <summary>A token as Vault's clients get it, made with the credential <paramref name="by"/>.</summary>
    public async Task<(string Accessor, string Token)> VaultToken(string? by = null)
    {
        using var maker = First.As(by ?? TestGateway.AdminToken);
        var made = await maker.Post("/v1/auth/token/create", new { ttl = "1h", policies = by is null ? new[] { "root" } : [] });
        var auth = made.Body.GetProperty("auth");
        return (auth.GetProperty("accessor").GetString()!, auth.GetProperty("client_token").GetString()!);
    }

    /// <summary>A token that may look at itself by one policy alone, and that policy's name.</summary>
    public async Task<(string Name, string Token)> PolicyToken()
    {
        var name = Fresh("policy");
        await Made($"/v1/sys/policies/acl/{name}", new { policy = """path "auth/token/lookup-self" { capabilities = ["read"] }""" });
        var made = await Made("/v1/auth/token/create", new { ttl = "1h", policies = new[] { name }, no_default_policy = true });
        return (name, made.Body.GetProperty("auth").GetProperty("client_token").GetString()!);
    }

    public async Task<(string Id, string Key)> Agent()
    {
        var made = await Made("/api/agents", new { name = Fresh("agent") });
        return (made.Text("id")!, made.Text("token")!);
    }

    /// <summary>The provider's keys, for an issuer that brings them along.</summary>
    public JsonObject KeySet => new()
    {
        ["keys"] = new JsonArray(Provider.SigningKey.PublicJwk("sig")),
    };

    /// <summary>An issuer in a row, and a token of an account of it.</summary>
    public async Task<(string Id, string Issuer, string Token)> IssuerOfItsOwn(string group = "staff")
    {
        var (issuer, audience, subject) = ($"https://{Fresh("issuer")}.test", Fresh("audience"), Fresh("robot"));
        var made = await Made("/api/issuers", new { issuer, audiences = new[] { audience }, jwks = KeySet });
        await Made("/api/serviceaccounts", new { subject, name = subject, groups = new[] { group }, status = "active", issuer });
        var variant = new TokenVariant
        {
            Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["iss"] = issuer },
        };
        return (made.Text("id")!, issuer, Provider.MintAccessToken(subject, audience, variant: variant));
    }

    /// <summary>A rule of an issuer, what made it, and a token that it gives an account.</summary>
    public async Task<(string Id, JsonObject Rule, string Token)> Rule(string group = "staff")
    {
        var (_, issuer, token) = await IssuerOfItsOwn();
        var subject = Fresh("job");
        var rule = new JsonObject
        {
            ["name"] = Fresh("rule"),
            ["issuer"] = issuer,
            ["conditions"] = new JsonArray(new JsonObject { ["claim"] = "sub", ["equals"] = subject }),
            ["groups"] = new JsonArray(group),
        };
        var made = await Made("/api/serviceaccounts/rules", rule);
        var audience = System.Text.Json.JsonDocument.Parse(
            System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement.GetProperty("aud").GetString();
        var variant = new TokenVariant { Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["iss"] = issuer } };
        return (made.Text("id")!, rule, Provider.MintAccessToken(subject, audience, variant: variant));
    }

    /// <summary>A service account, and a token of it.</summary>
    public async Task<(string Subject, string Token)> Account(string group = "staff")
    {
        var subject = Fresh("robot");
        await Made("/api/serviceaccounts", new { subject, name = subject, groups = new[] { group }, status = "active" });
        return (subject, Provider.MintAccessToken(subject));
    }

    /// <summary>A person who has signed in, and an access token of it.</summary>
    public async Task<(string Id, string Subject, string Token)> Person()
    {
        var subject = Fresh("person");
        var signedIn = await SignIn(subject, "staff", "admin");
        return (signedIn.Text("id")!, subject, Provider.MintAccessToken(subject));
    }

    /// <summary>A sign-in of a person whom the provider tells to be in these groups.</summary>
    public Task<Reply> SignIn(string subject, params string[] groups) => SignIn(subject, token: false, groups);

    public async Task<Reply> SignIn(string subject, bool token, params string[] groups)
    {
        var reply = await First.Anonymous.Post("/api/signin", new { id_token = Provider.MintIdToken(subject, Client, groups), token });
        return reply.Status == HttpStatusCode.OK
            ? reply
            : throw new InvalidOperationException($"POST /api/signin: {reply.Status} {reply.Body.GetRawText()}");
    }

    /// <summary>A mount of its own, and the token that it gives somebody whom only an external group lets look at it.</summary>
    public async Task<(string Mount, string Token, string EntityId)> Login(string subject, string group)
    {
        var mount = Fresh("mount");
        await Made($"/v1/sys/auth/{mount}", new { type = "jwt" });
        await Made($"/v1/auth/{mount}/config", new { jwt_validation_pubkeys = new[] { Provider.SigningKey.PublicPem() } });
        await Made(
            $"/v1/auth/{mount}/role/dev",
            new
            {
                role_type = "jwt", user_claim = "sub", groups_claim = "groups", bound_audiences = Audience, token_no_default_policy = true,
            });
        var accessor = (await Admin.Get($"/v1/sys/auth/{mount}"))["data"].GetProperty("accessor").GetString();
        var external = IdOf(
            await Made("/v1/identity/group", new { name = Fresh("external"), type = "external", policies = new[] { "default" } }));
        await Made("/v1/identity/group-alias", new { name = group, mount_accessor = accessor, canonical_id = external });
        var auth = await SignInAt(mount, subject, group);
        return (mount, auth.GetProperty("client_token").GetString()!, auth.GetProperty("entity_id").GetString()!);
    }

    /// <summary>Signs in at a mount, as a member of these groups.</summary>
    public async Task<JsonElement> SignInAt(string mount, string subject, params string[] groups)
    {
        var jwt = Provider.MintAccessToken(subject, groups: groups);
        var reply = await First.Anonymous.Post($"/v1/auth/{mount}/login", new { role = "dev", jwt });
        return reply.Status == HttpStatusCode.OK
            ? reply["auth"]
            : throw new InvalidOperationException($"POST /v1/auth/{mount}/login: {reply.Status} {reply.Body.GetRawText()}");
    }

    /// <summary>An API token of a person.</summary>
    public async Task<(string PersonId, string Subject, string Id, string Token)> PersonalToken()
    {
        var (personId, subject, access) = await Person();
        using var person = First.As(access);
        var made = await person.Post("/api/tokens", new { name = "script" });
        return (personId, subject, made.Text("id")!, made.Text("token")!);
    }

    /// <summary>A trust domain of its own, an agent, a mapping by prefix, and an SVID that leads there.</summary>
    public async Task<Workload> Workload(params string[] groups)
    {
        var (agent, name) = (await Agent(), Fresh("domain") + ".test");
        var issuer = await SpiffeIssuerStandIn.Start(name);
        var domain = await Made("/api/trust-domains", new { name, bundle_jwks = issuer.Bundle() });
        var mapping = await Made(
            "/api/spiffe-mappings", new { trust_domain = name, spiffe_prefix = $"spiffe://{name}/", agent_id = agent.Id, groups });
        var svid = issuer.MintSvid($"spiffe://{name}/a/b", "hoop-gateway");
        await issuer.DisposeAsync();
        return new Workload(name, domain.Text("id")!, mapping.Text("id")!, agent.Id, svid);
    }

    /// <summary>An API token that an entity of the store stands behind.</summary>
    public Task<Known> Entity(params string[] policies) => Entity([], policies);

    public async Task<Known> Entity(string[] groups, params string[] policies)
    {
        var token = await ApiToken(groups);
        var entity = IdOf(await Made("/v1/identity/entity", new { name = Fresh("entity"), policies }));
        var mounts = (await Admin.Get("/v1/sys/auth")).Body;
        var accessor = mounts.GetProperty("data").GetProperty("token/").GetProperty("accessor").GetString()!;
        var alias = await Made("/v1/identity/entity-alias", new { name = token.Id, mount_accessor = accessor, canonical_id = entity });
        return new Known(token.Token, entity, IdOf(alias), accessor);
    }

    /// <summary>A token whose entity has a policy by a group.</summary>
    public async Task<(Known Known, string GroupId)> Member()
    {
        var known = await Entity();
        var group = new { name = Fresh("group"), policies = new[] { "of-group" }, member_entity_ids = new[] { known.EntityId } };
        return (known, IdOf(await Made("/v1/identity/group", group)));
    }

    public static string IdOf(Reply reply) => reply.Body.GetProperty("data").GetProperty("id").GetString()!;

    public async ValueTask DisposeAsync()
    {
        await _gateways.DisposeAsync();
        await Provider.DisposeAsync();
        await Spiffe.DisposeAsync();
    }
}

/// <summary>What leads an SVID to its agent.</summary>
internal sealed record Workload(string TrustDomain, string TrustDomainId, string MappingId, string AgentId, string Svid);

/// <summary>A credential with its entity.</summary>
internal sealed record Known(string Token, string EntityId, string AliasId, string Accessor);
