using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.StandIns;
using Hoop.Testing;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>
/// One of each thing that an organization can own, in the order in which they can be made. A test tells when a thing is missing.
/// </summary>
internal sealed class Samples(GoogleStandIn google)
{
    private readonly Dictionary<string, object> _bodies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reply> _replies = new(StringComparer.Ordinal);

    private IReadOnlyList<(string Method, string Route, Func<object> Body)> All =>
    [
        ("POST", "/api/api-tokens", () => new { name = "owned-token", groups = new[] { "owned-group" } }),
        ("POST", "/api/trust-domains", () => new { name = "owned.example", bundle_url = "https://bundles.example.com/owned" }),
        ("POST", "/api/agents", () => new { name = "owned-agent" }),
        ("POST", "/api/spiffe-mappings",
            () => new { trust_domain = "owned.example", spiffe_id = "spiffe://owned.example/agents/one", agent_id = Made("/api/agents"),
                groups = new[] { "owned-group" } }),
        ("POST", "/api/issuers",
            () => new { issuer = "https://owned.example/realm", audiences = new[] { "owned-audience" },
                jwks_url = "https://keys.example.com/owned" }),
        ("POST", "/api/serviceaccounts/rules",
            () => new { name = "owned-rule", issuer = "https://owned.example/realm",
                conditions = new[] { new { claim = "repository", equals = "owned-repository" } } }),
        ("POST", "/api/serviceaccounts",
            () => new { subject = "owned-subject", name = "owned-account", status = "active", groups = new[] { "owned-group" } }),
        ("POST", "/api/users", () => new { subject = "owned-person", name = "owned-name", groups = new[] { "owned-group" } }),
        ("POST", "/api/connections",
            () => new { name = "owned-connection", type = "custom", command = new[] { "psql" }, agent_id = Made("/api/agents"),
                secret = new Dictionary<string, string>(StringComparer.Ordinal) }),
        ("PUT", "/api/feature-flags/experimental.iam_federation", () => new { enabled = true }),
        ("PUT", "/api/connections/owned-connection/federation", () => new
        {
            hook_source = "builtin",
            builtin_provider = "gcp_iam",
            identity_target_template = "{user.email_local}@owned.iam.gserviceaccount.com",
            extra_config = new { project_id = "owned" },
            admin_credentials_json = google.CreateAdminCredentials("owned", "admin"),
        }),
        ("POST", "/v1/sys/auth/owned-mount", () => new { type = "jwt" }),
        ("POST", "/v1/auth/owned-mount/config", () => new { jwks_url = "https://keys.example.com/owned" }),
        ("POST", "/v1/auth/owned-mount/role/owned-mount",
            () => new { role_type = "jwt", user_claim = "sub", bound_audiences = "owned-audience" }),
        ("POST", "/v1/identity/entity",
            () => new { name = "owned-entity", metadata = new { owner = "owned-metadata" }, policies = new[] { "owned-policy" } }),
        ("POST", "/v1/identity/group", () => new { name = "owned-vault-group", policies = new[] { "owned-policy" } }),
        ("POST", "/v1/identity/group/name/owned-external", () => new { type = "external" }),
        ("POST", "/v1/identity/group-alias", () => OwnedAlias("owned-group-alias", "token", "/v1/identity/group/name/owned-external")),
        ("POST", "/v1/identity/entity-alias", () => OwnedAlias("owned-alias", "token")),
        ("POST", "/v1/identity/alias", () => OwnedAlias("owned-old-alias", "spiffe")),
        ("POST", "/v1/identity/persona", () => OwnedAlias("owned-persona", "agent-key")),
        ("POST", "/v1/auth/token/roles/owned-role", () => new { allowed_policies = new[] { "owned-policy" } }),
        ("POST", "/v1/identity/oidc/key/owned-key", () => new { algorithm = "ES256", allowed_client_ids = "*" }),
        ("POST", "/v1/identity/oidc/role/owned-oidc-role", () => new { key = "owned-key", client_id = "owned-client" }),
        ("PUT", "/v1/sys/policies/acl/owned-policy",
            () => new { name = "owned-policy", policy = "path \"owned/*\" { capabilities = [\"read\"] }" }),
    ];

    /// <summary>Ids and names of what was made.</summary>
    public HashSet<string> Owned { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes everything as <paramref name="owner"/>.</summary>
    /// <param name="auditRows">How many rows the owner's trail has.</param>
    /// <returns>What went wrong: a refusal, or a change that did not write exactly one audit row.</returns>
    public async Task<IReadOnlyList<string>> Make(HttpClient owner, Func<Task<long>> auditRows)
    {
        var problems = new List<string>();
        foreach (var (method, route, body) in All)
        {
            var before = await auditRows();
            _bodies[route] = body();
            var reply = _replies[route] = await owner.Send(new HttpMethod(method), route, _bodies[route]);
            if (!reply.Response.IsSuccessStatusCode || await auditRows() - before != 1)
            {
                problems.Add($"{method} {route}: {(int)reply.Status} {reply.Body}, {await auditRows() - before} audit rows");
            }

            Owned.UnionWith(
                NamesIn(reply.Body).Append(route.Split('/')[^1])
                    .Where(name => name.StartsWith("owned", StringComparison.Ordinal) || Guid.TryParse(name, out _)));
        }

        return problems;
    }

    /// <summary>The body of the nearest sample above a route, or an empty object.</summary>
    public object BodyFor(Route route)
    {
        var path = route.Path.Replace("{nameOrId}", "owned-connection", StringComparison.Ordinal)
            .Replace("{mount}/role/{name}", "owned-mount/role/owned-mount", StringComparison.Ordinal)
            .Replace("{mount}", "owned-mount", StringComparison.Ordinal)
            .Replace("key/{name:vault_name}", "key/owned-key", StringComparison.Ordinal)
            .Replace("role/{name:vault_name}", "role/owned-oidc-role", StringComparison.Ordinal);
        return _bodies.Where(body => path.StartsWith(body.Key, StringComparison.Ordinal)).OrderByDescending(body => body.Key.Length)
            .Select(body => body.Value).FirstOrDefault() ?? new { };
    }

    /// <summary>The members of that body.</summary>
    public IEnumerable<string> MembersFor(Route route) =>
        JsonSerializer.SerializeToElement(BodyFor(route)).EnumerateObject().Select(member => member.Name);

    private string Made(string route) => _replies[route].Text("id")!;

#pragma warning disable CA5351 // The gateway's own mounts have the same accessor everywhere, made of it; no protection rests on that.
    private object OwnedAlias(string name, string type, string of = "/v1/identity/entity") => new
    {
        name,
        mount_accessor = $"auth_{type}_{Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes($"auth/{type}/")))[..8]}",
        canonical_id = _replies[of]["data"].GetProperty("id").GetString(),
    };
#pragma warning restore CA5351

    private static IEnumerable<string> NamesIn(JsonElement body) => body.ValueKind == JsonValueKind.Object
        ? body.EnumerateObject().SelectMany(member => member.Value.ValueKind switch
        {
            JsonValueKind.String when member.Name is "id" or "name" or "subject" => [member.Value.GetString()!],
            JsonValueKind.Object => NamesIn(member.Value),
            _ => Enumerable.Empty<string>(),
        })
        : [];
}
